/** What the three libraries of version 3 were generated alike: exceptions by status, with the errors of the body. */

import type { Habits, Operation } from "./sdk.ts";

const NAMED: Record<number, string> = {
  401: "Unauthorized – There was an issue with your API credentials.",
  403: "Forbidden – You don't have permission to access this resource.",
  404: "The specified resource was not found",
  422: "Unprocessable Entity - You tried to enter an incorrect value.",
};

/** Questions know fewer than what changes something. */
const KNOWN = {
  send: [401, 403, 404, 422],
  callback: [401, 403, 404, 422],
  record: [401, 404],
  list: [401, 404],
} as const;

export const named: Pick<Habits, "fail" | "hears"> = {
  fail(operation: Operation, status: number, body: string) {
    const { errors } = JSON.parse(body) as { errors: Record<string, unknown>[] };
    const isKnown = (KNOWN[operation] as readonly number[]).includes(status);
    const told = errors.map(({ id, status, detail, title }) => JSON.stringify({ id, status, detail, title }));
    throw new Error(`${isKnown ? NAMED[status] : "HTTP Response Not OK"} ${told.join()}`);
  },
  hears: {
    wrongKey: /^Unauthorized – .*"status":401,"detail":"[^"]+","title":"Unauthorized"/,
    badNumber: /^Unprocessable Entity - .*"status":422,"detail":\{"data":\{"attributes":\{"to":\[/,
    nobodys: /^The specified resource was not found .*"status":404/,
  },
};
