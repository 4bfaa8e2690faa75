/** How a connection ended: whether its program sends again what it got no answer to. SMPP has no word for it. */

/**
 * A program that closes its connection sooner after a submit does not wait for answers: it wants the text sent. One that waited for so
 * long has lost patience (jSMPP does after two seconds), and sends it again. Milliseconds.
 */
const PATIENT_MS = 2_000;

export class Ending {
  #isUnbound = false;
  #over: { hungUpAt?: number } | undefined;

  /** Its program takes leave, in the words of SMPP. */
  unbound(): void {
    this.#isUnbound = true;
  }

  /** It is over. @param hungUpAt when its program closed it in order, epoch ms; absent: it broke, or was ended by us */
  end(hungUpAt?: number): void {
    this.#over ??= hungUpAt === undefined ? {} : { hungUpAt };
  }

  /** Whether a request that was heard then (epoch ms), and not answered, comes again. */
  givesUp(heardAt: number): boolean {
    if (!this.#over || this.#isUnbound) return false;
    const { hungUpAt } = this.#over;
    return hungUpAt === undefined || hungUpAt - heardAt >= PATIENT_MS;
  }
}
