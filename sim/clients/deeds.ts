/** What clients of all dialects do alike: ask for something until they are answered, and tell the oracle what they heard. */

import type { Answer, Call } from "../ground/cloud.ts";
import type { Deed, Verdict } from "../oracle/texts.ts";
import type { Stage } from "../world.ts";

export type Asking = {
  /** What is asked for: one thing, or all of a list. */
  deeds: readonly Deed[];
  /** The request; an honest client may have to write it anew each time. */
  make: () => Call;
  /** What an answer means, for each of them. */
  read: (answer: Answer) => Verdict | readonly Verdict[];
  /** How often it is tried, before the client gives up. */
  tries?: number;
};

/** Asks until it is answered; undefined if the client gave up before. */
export async function carryOut(
  stage: Stage,
  { deeds, make, read, tries = 1_000 }: Asking,
): Promise<{ call: Call; answer: Answer } | undefined> {
  const { timeline, judges, random } = stage;
  for (let n = 1; n <= tries; n++) {
    for (const deed of deeds) judges.messages.begun(deed);
    const call = make();
    const answer = await stage.call(call);
    const said = answer ? read(answer) : "unknown";
    const verdicts = deeds.map((_, index) => (typeof said === "string" ? said : (said[index] ?? "unknown")));
    deeds.forEach((deed, index) => {
      const verdict = verdicts[index] as Verdict;
      deed.hear(verdict, timeline.now);
      if (!answer || verdict === "unknown" || verdict === "nothing") return;
      judges.answers.said(deed, verdict, answer, timeline.now);
      judges.messages.heard(deed);
    });
    if (answer && verdicts.every((verdict) => verdict === "yes" || verdict === "no")) return { call, answer };
    if (n < tries) await timeline.wait(random.wait(Math.min(n, 20) * 1_000), "the client will ask again");
  }
  return undefined;
}

/** Asks until it is answered for certain; nothing is changed by it. @param didNothing whether the answer is about the asking alone */
export async function lookUp(
  stage: Stage,
  make: () => Call,
  didNothing: (answer: Answer) => boolean = () => false,
): Promise<{ answer: Answer; begunAt: number }> {
  for (let tries = 1; ; tries++) {
    const begunAt = stage.timeline.now;
    const answer = await stage.call(make());
    if (answer && !didNothing(answer) && answer.status < 500) return { answer, begunAt };
    await stage.timeline.wait(stage.random.wait(Math.min(tries, 20) * 1_000), "the client will look again");
  }
}
