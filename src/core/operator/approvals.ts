/**
 * Four eyes: what the settings say needs a second operator is not done when it is asked for. It waits as an approval, until another
 * token approves or rejects it, or its time is over. All times are real time.
 */

import type { Clock } from "../kernel/clock.ts";
import { GatewayError } from "../kernel/errors.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Page, PageOf } from "../kernel/pages.ts";
import type { Log, Sealer } from "../kernel/ports.ts";
import { type Actor, isOpen, OF_THE_SETTINGS, type Token, type TokenId, type TokenStore } from "./tokens.ts";

export const APPROVAL_STATES = ["waiting", "approved", "rejected", "expired"] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/**
 * What may need a second operator. *reversals*: above an amount, in minor units. *cancels*: of many things at once. *campaigns*: that
 * begin to send more than so many texts.
 */
export type FourEyes = {
  reversals?: number;
  prices?: boolean;
  carriers?: boolean;
  cancels?: boolean;
  campaigns?: number;
};

export type ApprovalId = `apr_${string}`;

/** A request as it was made, and is made again when it is approved. */
export type AskedRequest = { method: string; path: string; contentType: string; body: string };

export type Approval = {
  id: ApprovalId;
  state: ApprovalState;
  /** Method and address, like `PUT /carriers/:name`, and the path. */
  action: string;
  method: string;
  path: string;
  /** The request, which only we can read: it may hold secrets. */
  sealed: string;
  /** Its body as JSON, without secrets. */
  shown?: string;
  /** Why it needs a second operator. */
  why: string;
  askedBy: string;
  askedName: string;
  askedAt: number;
  expiresAt: number;
  decidedBy?: string;
  decidedName?: string;
  decidedAt?: number;
  /** What came of it: the status of the answer. Absent while it is being done, and where nobody knows. */
  status?: number;
};

export type Decision = { state: "approved" | "rejected"; by: string; name: string; at: number };

export interface ApprovalStore {
  add(approval: Approval): Promise<void>;
  byId(id: ApprovalId): Promise<Approval | undefined>;
  /** The newest first. */
  list(state: ApprovalState | undefined, page: Page): Promise<PageOf<Approval>>;
  /**
   * Decides one that waits, or takes up one whose execution was begun before a time and never ended. False where somebody else was
   * first, where its time is over, where it was asked for by the same token, or by one that opens nothing any more, and where one of the
   * two tokens was made by the other.
   */
  decide(id: ApprovalId, decision: Decision, begunBefore: number): Promise<boolean>;
  note(id: ApprovalId, status: number): Promise<void>;
}

type Ports = { approvals: ApprovalStore; tokens: TokenStore; sealer: Sealer; clock: Clock; ids: Ids; log: Log };

/** How long one waits. Milliseconds. */
const WAITS = 24 * 3_600_000;
/**
 * An execution that has not ended after so long is taken up by whoever approves again. It is one request with one Idempotency-Key,
 * the approval's: one that was not dead after all writes nothing more from then on, and nothing is done twice.
 */
const LONGEST_EXECUTION = 60_000;

/**
 * Puts a request aside until a second operator has decided. Logs `approval.asked`.
 * @throws GatewayError not-allowed where no key is set by which it could be sealed
 */
export async function askApproval(
  { approvals, sealer, clock, ids, log }: Ports,
  asked: { actor: Actor; action: string; request: AskedRequest; shown?: string | undefined; why: string },
): Promise<Approval> {
  if (!sealer.key) {
    throw new GatewayError(
      "not-allowed",
      "this needs a second operator (FOUR_EYES), and no key is set to keep it: set SECRETS_KEY",
    );
  }
  const { actor, action, request, shown, why } = asked;
  const now = clock.wall();
  const id: ApprovalId = `apr_${ids.uuid().replaceAll("-", "")}`;
  const approval: Approval = {
    id,
    state: "waiting",
    action,
    method: request.method,
    path: request.path,
    sealed: await sealer.seal(JSON.stringify(request), id),
    ...(shown === undefined ? {} : { shown }),
    why,
    askedBy: actor.id,
    askedName: actor.name,
    askedAt: now,
    expiresAt: now + WAITS,
  };
  await approvals.add(approval);
  log.event("approval.asked", { id, action, by: actor.id });
  return approval;
}

/** @throws GatewayError not-found */
export async function findApproval({ approvals }: Pick<Ports, "approvals">, id: string): Promise<Approval> {
  const found = await approvals.byId(id as ApprovalId);
  if (!found) throw new GatewayError("not-found", `there is no approval ${id}`);
  return found;
}

export function listApprovals(
  { approvals }: Pick<Ports, "approvals">,
  state: ApprovalState | undefined,
  page: Page,
): Promise<PageOf<Approval>> {
  return approvals.list(state, page);
}

/**
 * Approves, and has it done: of those who approve at once, one does. Logs `approval.approved`.
 * @param carryOut makes the request again, once for each approval
 * @throws GatewayError not-found; not-allowed for whoever asked; too-late where it is decided or its time is over
 */
export async function approve(
  ports: Ports,
  actor: Actor,
  id: string,
  carryOut: (request: AskedRequest, approval: ApprovalId) => Promise<{ status: number }>,
): Promise<Approval> {
  const approval = await decide(ports, actor, id, "approved");
  const request = JSON.parse(await ports.sealer.open(approval.sealed, approval.id)) as AskedRequest;
  const { status } = await carryOut(request, approval.id);
  await ports.approvals.note(approval.id, status);
  return findApproval(ports, id);
}

/** Rejects: it is not done. Logs `approval.rejected`. @throws GatewayError as `approve` */
export async function reject(ports: Ports, actor: Actor, id: string): Promise<Approval> {
  await decide(ports, actor, id, "rejected");
  return findApproval(ports, id);
}

async function decide(
  ports: Ports,
  { id: by, name }: Actor,
  id: string,
  state: "approved" | "rejected",
): Promise<Approval> {
  const known = await findApproval(ports, id);
  if (known.askedBy === by) {
    throw new GatewayError("not-allowed", "whoever asked for it cannot decide it: another token has to");
  }
  const at = ports.clock.wall();
  await checkPair(ports, { asker: known.askedBy, by, at });
  if (!(await ports.approvals.decide(known.id, { state, by, name, at }, at - LONGEST_EXECUTION))) {
    const now = await findApproval(ports, id);
    const over = now.state === "waiting" ? "its time is over" : `it is ${now.state} already`;
    throw new GatewayError("too-late", `approval ${id} can no longer be decided: ${over}`);
  }
  ports.log.event(`approval.${state}`, { id, by });
  return known;
}

/**
 * Two tokens of one hand are no four eyes: whoever makes tokens could ask by one and approve by the other. The token of the settings
 * stands apart: whoever has it can change the settings.
 * @throws GatewayError not-allowed; too-late where the asker's token is withdrawn, or expired
 */
async function checkPair(
  { tokens }: Pick<Ports, "tokens">,
  { asker, by, at }: { asker: string; by: Actor["id"]; at: number },
): Promise<void> {
  const find = async (id: string): Promise<Token | undefined> =>
    id === OF_THE_SETTINGS.id ? undefined : await tokens.byId(id as TokenId);
  const [asking, deciding] = await Promise.all([find(asker), find(by)]);
  if (asker !== OF_THE_SETTINGS.id && !(asking && isOpen(asking, at))) {
    throw new GatewayError("too-late", "the token that asked for it opens nothing any more: ask anew by another");
  }
  if (asking?.madeBy !== undefined && asking.madeBy === deciding?.id) throw ofOneHand("asked", "decide");
  if (deciding?.madeBy !== undefined && deciding.madeBy === asking?.id) throw ofOneHand("decide", "asked");
}

function ofOneHand(made: string, maker: string): GatewayError {
  const which = { asked: "the token that asked for it", decide: "the token that is to decide it" };
  const [one, other] = [which[made as keyof typeof which], which[maker as keyof typeof which]];
  return new GatewayError("not-allowed", `${one} was made by ${other}: a third has to decide it`);
}
