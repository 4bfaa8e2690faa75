/** What every dialect promises, whatever its wire looks like. A new dialect starts by passing this. */

import { beforeAll, describe, expect, it, vi } from "vitest";
import { newAddress, type TestGateway } from "../support/gateway.ts";

/** A request as it goes on the wire. The path begins with a slash and may have a query. */
export type Wanted = {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
};

/** An answer, read. */
export type Answer = { status: number; headers: Headers; text: string };

/** A text to send: the customer's own id for it (where the wire has one), the number it goes to, and what it says. */
export type Text = { id: string; recipient: string; text: string };

/** Every way to be turned away. A dialect says for each what its clients take for that. */
export type Refused =
  | "no credential"
  | "wrong credential"
  | "malformed"
  | "not UTF-8"
  | "too large"
  | "too many pieces"
  | "not there"
  | "unknown path"
  | "wrong method"
  | "country closed"
  | "duplicate";

/**
 * A dialect as the suite sees it. A caller is whatever the dialect's requests are made with: a key, a user and a
 * password, a token. Requests are made anew each time they are asked for, as a client would make them.
 */
export type DialectUnderTest<Caller> = {
  /** Opens an account that may send, and answers its caller. */
  open(): Promise<Caller>;
  /** Everything about a caller that nobody else may learn. */
  secretsOf(caller: Caller): string[];
  /** The same caller with a credential that was never given out. */
  impostorOf(caller: Caller): Caller;

  /** Sends a text; with no caller, the same request without any credential. */
  send(caller: Caller | undefined, text: Text): Wanted;
  /** The request that sends a text, with these bytes in place of its body. */
  sendBytes(caller: Caller, body: Uint8Array<ArrayBuffer>): Wanted;
  /** Bodies that mean nothing, each under the name of what is wrong with it. */
  malformed: Record<string, string>;
  /** The smallest piece that its bodies are taken apart into, and what stands around all of them. */
  smallest: { piece: string; around?: (caller: Caller) => readonly [before: string, after: string] };
  /** The largest body that it takes, bytes; and the most pieces of one. */
  most: { bytes: number; pieces: number };
  /** What a text is known by afterwards: the customer's id, or one that the answer gave. */
  idOf(text: Text, answer: Answer): string;
  /** An id that could be, and is nobody's. */
  nobodys: string;
  /** Whatever can be done with a text by its id: look it up, change it, delete it. None, where a dialect has none. */
  byId: Record<string, (caller: Caller, id: string) => Wanted>;
  /** An address this dialect could have, and has not. */
  unknownPath(caller: Caller): Wanted;
  /** The address that sends, asked in a way it does not know. */
  wrongMethod(caller: Caller): Wanted;

  isAccepted(answer: Answer): boolean;
  refuses: Record<Refused, (answer: Answer) => boolean>;
  /** How another text under a used id is refused. Absent where each request is a text of its own, whatever its id. */
  refusesUsedId?: (answer: Answer) => boolean;
};

/** What a refusal must never show: where the code lies, what the database said, values nobody meant to print. */
const INSIDES = /\n\s+at |\.[jt]s:\d|node_modules|SQLITE|D1_|TypeError|ReferenceError|\bundefined\b|\bNaN\b|\[object /;

/** What the log tells of a caller that was refused. */
type Slowed = { failures: number; milliseconds: number };

/** What the log tells of a body that was refused. */
type Looked = { bytes: number; pieces: number };

/** The last piece that is looked at may be a long one, and counted for several. */
const SLACK = 125;

/** @param dialect its requests and its answers; @param gateway the one it is asked at */
export function conforms<Caller>(gateway: TestGateway, dialect: DialectUnderTest<Caller>): void {
  let caller: Caller;
  let stranger: Caller;
  let sent = 0;
  const newText = (text = "Your parcel is here"): Text => {
    sent += 1;
    return { id: `conformance-${sent}`, recipient: `+4792${String(sent).padStart(6, "0")}`, text };
  };

  const ask = async ({ method, path, headers, body }: Wanted): Promise<Answer> => {
    const answer = await gateway.fetch(path, {
      method,
      ...(headers ? { headers } : {}),
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const expectAccepted = (answer: Answer) => {
    expect(dialect.isAccepted(answer), shown(answer)).toBe(true);
  };
  const expectRefused = (answer: Answer, why: Refused | ((answer: Answer) => boolean)) => {
    const isSo = typeof why === "string" ? dialect.refuses[why] : why;
    expect(dialect.isAccepted(answer), shown(answer)).toBe(false);
    expect(isSo(answer), `${why}: ${shown(answer)}`).toBe(true);
    expect(answer.text).not.toMatch(INSIDES);
  };

  beforeAll(async () => {
    caller = await dialect.open();
    stranger = await dialect.open();
  });

  describe("who calls", () => {
    it("takes a text from a caller with a credential", async () => {
      const text = newText();
      expectAccepted(await ask(dialect.send(caller, text)));
      expect(await gateway.handset(text.recipient, { wait: 20 })).toHaveLength(1);
    });

    it("refuses a request without a credential", async () => {
      expectRefused(await ask(dialect.send(undefined, newText())), "no credential");
    });

    it("refuses a request with a wrong credential", async () => {
      expectRefused(await ask(dialect.send(dialect.impostorOf(caller), newText())), "wrong credential");
    });

    it("slows down who guesses, whatever the status of its refusals", async () => {
      const guesses = () =>
        gateway.log.filter((line) => line.includes('"auth.rejected"')).map((line) => JSON.parse(line) as Slowed);
      const before = guesses().length;
      const from = { "cf-connecting-ip": newAddress() };
      for (const _ of [1, 2, 3]) {
        const { headers, ...guess } = dialect.send(dialect.impostorOf(caller), newText());
        await ask({ ...guess, headers: { ...headers, ...from } });
      }
      const since = () => guesses().slice(before);
      await vi.waitFor(
        () => expect(since().map(({ failures }) => failures)).toEqual(expect.arrayContaining([1, 2, 3])),
        {
          timeout: 10_000,
        },
      );
      // A millisecond more for each.
      for (const { failures, milliseconds } of since()) expect(milliseconds).toBe(failures);
    });

    it("sends nothing for a request it refused", async () => {
      const text = newText();
      await ask(dialect.send(undefined, text));
      await ask(dialect.send(dialect.impostorOf(caller), text));
      await gateway.advance(1);
      expect(await gateway.handset(text.recipient)).toEqual([]);
    });

    it.each(Object.keys(dialect.byId))(
      "answers %s of another account's id as it does of an id nobody has",
      async (name) => {
        const text = newText();
        const accepted = await ask(dialect.send(caller, text));
        expectAccepted(accepted);
        const id = dialect.idOf(text, accepted);
        const request = dialect.byId[name] as (caller: Caller, id: string) => Wanted;
        const anothers = await ask(request(stranger, id));
        const unknown = await ask(request(stranger, dialect.nobodys));
        expectRefused(anothers, "not there");
        expectRefused(unknown, "not there");
        expect([anothers.status, anothers.text]).toEqual([
          unknown.status,
          unknown.text.replaceAll(dialect.nobodys, id),
        ]);
      },
    );

    it("lets two accounts use the same id, each for a text of its own", async () => {
      const mine = newText("Mine");
      const theirs = { ...mine, recipient: newText().recipient, text: "Theirs" };
      expectAccepted(await ask(dialect.send(caller, mine)));
      expectAccepted(await ask(dialect.send(stranger, theirs)));
      expect(await gateway.handset(mine.recipient, { wait: 20 })).toMatchObject([{ text: "Mine" }]);
      expect(await gateway.handset(theirs.recipient, { wait: 20 })).toMatchObject([{ text: "Theirs" }]);
    });
  });

  describe("what is asked", () => {
    it.each(Object.entries(dialect.malformed))("refuses a body that is %s", async (_, body) => {
      expectRefused(await ask(dialect.sendBytes(caller, bytes(body))), "malformed");
    });

    it("refuses a body that is not UTF-8", async () => {
      const { body = "" } = dialect.send(caller, newText("?"));
      const broken = bytes(body).map((byte) => (byte === 0x3f ? 0xff : byte));
      expectRefused(await ask(dialect.sendBytes(caller, broken)), "not UTF-8");
    });

    it("refuses a body of eleven megabytes", async () => {
      const huge = new Uint8Array(11 * 1024 * 1024).fill(0x20);
      expectRefused(await ask(dialect.sendBytes(caller, huge)), "too large");
    });

    it("refuses the largest body of the smallest pieces, and looks at no more of them than it may have", async () => {
      const { piece, around } = dialect.smallest;
      const [before, after] = around?.(caller) ?? ["", ""];
      const room = dialect.most.bytes - before.length - after.length;
      const body = bytes(before + piece.repeat(Math.floor(room / piece.length)) + after);
      expectRefused(await ask(dialect.sendBytes(caller, body)), "too many pieces");
      const refusals = () =>
        gateway.log
          .filter((line) => line.includes('"request.body_rejected"'))
          .map((line) => JSON.parse(line) as Looked);
      await vi.waitFor(() => expect(refusals().at(-1)?.pieces).toBeGreaterThan(0), { timeout: 10_000 });
      const looked = refusals().at(-1)?.pieces ?? 0;
      expect(looked).toBeGreaterThan(dialect.most.pieces);
      expect(looked).toBeLessThanOrEqual(dialect.most.pieces + SLACK);
    });

    it("refuses an address it does not have", async () => {
      expectRefused(await ask(dialect.unknownPath(caller)), "unknown path");
    });

    it("refuses a method that an address does not know", async () => {
      expectRefused(await ask(dialect.wrongMethod(caller)), "wrong method");
    });
  });

  it("sends nothing to a country that its account does not allow, and the same text where it does", async () => {
    const own = await dialect.open();
    const first = newText();
    expectAccepted(await ask(dialect.send(own, first)));
    await choose(await accountOf(first), { countries: ["SE", "DK"] });
    expectRefused(await ask(dialect.send(own, newText())), "country closed");
    await choose(await accountOf(first), { countries: ["SE", "NO"] });
    expectAccepted(await ask(dialect.send(own, newText())));
  });

  it("sends one person the same text once, for as long as its account wants it so", async () => {
    const own = await dialect.open();
    const first = newText();
    expectAccepted(await ask(dialect.send(own, first)));
    const again = { ...first, id: `${first.id}-again` };
    await choose(await accountOf(first), { duplicateSeconds: 3_600 });
    expectRefused(await ask(dialect.send(own, again)), "duplicate");
    await choose(await accountOf(first), { duplicateSeconds: null });
    expectAccepted(await ask(dialect.send(own, again)));
  });

  const accountOf = async ({ recipient }: Text): Promise<string> => {
    const path = `/admin/v1/messages?recipient=${encodeURIComponent(recipient)}`;
    const { items } = await gateway.operator<{ items: { account: string }[] }>("GET", path);
    return items[0]?.account ?? "";
  };
  const choose = (account: string, settings: Record<string, unknown>) =>
    gateway.operator("PATCH", `/admin/v1/accounts/${account}`, { settings });

  const { refusesUsedId } = dialect;
  if (!refusesUsedId) {
    it("takes each request for a text of its own", async () => {
      const text = newText();
      for (const _ of [1, 2]) expectAccepted(await ask(dialect.send(caller, text)));
      await gateway.advance(1);
      expect(await gateway.handset(text.recipient)).toHaveLength(2);
    });
  } else
    describe("asked again", () => {
      it("gives the same answer to the same request, and sends one text", async () => {
        const text = newText();
        const first = await ask(dialect.send(caller, text));
        expectAccepted(first);
        await gateway.handset(text.recipient, { wait: 20 });
        expect(comparable(await ask(dialect.send(caller, text)))).toEqual(comparable(first));
        await gateway.advance(1);
        expect(await gateway.handset(text.recipient)).toHaveLength(1);
      });

      it("gives one answer to a request that is made five times at once, and sends one text", async () => {
        const text = newText();
        const answers = await Promise.all(Array.from({ length: 5 }, () => ask(dialect.send(caller, text))));
        for (const answer of answers) {
          expectAccepted(answer);
          expect(comparable(answer)).toEqual(comparable(answers[0] as Answer));
        }
        await gateway.handset(text.recipient, { wait: 20 });
        await gateway.advance(1);
        expect(await gateway.handset(text.recipient)).toHaveLength(1);
      });

      it("refuses a used id with another text, and sends only the first", async () => {
        const text = newText("First");
        expectAccepted(await ask(dialect.send(caller, text)));
        await gateway.handset(text.recipient, { wait: 20 });
        expectRefused(await ask(dialect.send(caller, { ...text, text: "Second" })), refusesUsedId);
        await gateway.advance(1);
        expect(await gateway.handset(text.recipient)).toMatchObject([{ text: "First" }]);
      });
    });

  // Last, so that the log has the lines of everything above.
  it("writes no secret and no full phone number into its log", async () => {
    const text = newText();
    const accepted = () => gateway.log.filter((line) => line.includes('"message.accepted"')).length;
    const before = accepted();
    await ask(dialect.send(caller, text));
    await gateway.handset(text.recipient, { wait: 20 });
    await vi.waitFor(() => expect(accepted()).toBeGreaterThan(before), { timeout: 10_000 });

    const secrets = [caller, stranger].flatMap((one) => dialect.secretsOf(one));
    expect(secrets.length).toBeGreaterThan(0);
    for (const line of gateway.log) {
      for (const secret of secrets) expect(line).not.toContain(secret);
      // Digits of an id that was drawn may look like a number.
      expect(line.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "an id")).not.toMatch(
        /(?<!\d)(?:\+|00)?47[ .-]?9[ .-]?(?:\d[ .-]?){7}(?!\d)/,
      );
    }
  });
}

function bytes(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new Uint8Array(new TextEncoder().encode(body)) : body;
}

function comparable({ status, headers, text }: Answer) {
  return { status, text, location: headers.get("location"), type: headers.get("content-type") };
}

function shown({ status, text }: Answer): string {
  return `answered ${status}: ${text.slice(0, 300)}`;
}
