/**
 * `npm run reseal`: moves what is sealed to the key that stands first in DATA_KEY, and seals what accounts that want it have plain, by the API
 * of a gateway that runs (see `running-gateway.ts`), which goes on with its work meanwhile. It can be stopped: begun anew, it does what is
 * left. `npm run reseal -- PLACE` goes on at a place that it named; such a run does not know what the earlier one left, so it does not
 * say that an old key can be removed.
 */

import { callGateway } from "./running-gateway.ts";

type Piece = {
  sealedWith: string;
  table: string;
  read: number;
  moved: number;
  changed: number;
  unreadable: number;
  next?: string;
};

async function pieceAfter(after: string | undefined): Promise<Piece> {
  const answer = await callGateway("POST", "/admin/v1/sealing/move", after === undefined ? {} : { after });
  const said = (await answer.json()) as Piece & { detail?: string };
  if (!answer.ok) throw new Error(said.detail ?? `the gateway answered ${answer.status}`);
  return said;
}

async function main(begin: string | undefined): Promise<number> {
  const total = { read: 0, moved: 0, changed: 0, unreadable: 0 };
  let after = begin;
  let sealedWith: string;
  for (;;) {
    const piece = await pieceAfter(after);
    sealedWith = piece.sealedWith;
    total.read += piece.read;
    total.moved += piece.moved;
    total.changed += piece.changed;
    total.unreadable += piece.unreadable;
    const where = piece.next === undefined ? "" : `; to go on from here: npm run reseal -- '${piece.next}'`;
    console.log(
      `up to ${piece.table}: ${total.read} rows read, ${total.moved} sealed with key ${piece.sealedWith}${where}`,
    );
    after = piece.next;
    if (after === undefined) break;
  }
  if (total.changed > 0) console.error(`${total.changed} rows were changed meanwhile: run \`npm run reseal\` again`);
  if (total.unreadable > 0)
    console.error(`No key opens ${total.unreadable} rows: \`sealed.unreadable\` in the log has their ids`);
  if (total.changed > 0 || total.unreadable > 0) return 1;
  console.log(
    begin === undefined
      ? `All rows are sealed with key ${sealedWith}. Other keys can be removed from DATA_KEY.`
      : `The rows from that place on are sealed with key ${sealedWith}. Before you remove an old key, run \`npm run reseal\` once without a place.`,
  );
  return 0;
}

process.exitCode = await main(process.argv[2]).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
