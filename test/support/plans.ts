/** Which steps of a plan read more than what was asked for. */

/** Tables that grow with what is sold, sent and said, and the names that statements give them. */
const GROWING =
  "message|webhook|txn|ledger|win|pin|period|subscription|revenue|consent|inbound|preauth|suppression|" +
  "own|its|theirs|agreed|due|few|said|before|like|other|original|old";

/** Indexes that hold a small part of their table: what waits, what is given up, what is asked. All of one may be read. */
const SMALL = /_(due|dead|newest_dead|asked|resting|disputed)$/;

/**
 * The steps that read a whole table, or an index of which a great part is read, or that build an index first. What SQLite
 * knows of a table's contents it learns by ANALYZE, which D1 never runs: so a plan is the same however much there is.
 */
export function scans(plan: readonly string[]): string[] {
  return plan.filter((step) => {
    if (step.includes("VIRTUAL TABLE")) return false; // a list that was handed over
    // Of a state alone there may be as many as there were ever.
    if (/AUTOMATIC/.test(step) || /_ended \((state|changed_at)=\?\)/.test(step)) return true;
    const [, table = "", index = ""] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(step) ?? [];
    return new RegExp(`^(${GROWING})$`).test(table) && !SMALL.test(index);
  });
}
