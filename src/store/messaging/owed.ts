/** How a webhook comes to be owed, in SQL: where it goes, and that nobody knocks where nobody answers any more. */

/** The address without its query: what is slow, or dead, or paused together. */
export function endpointOf(url: string): string {
  return `substr(${url}, 1, instr(${url} || '?', '?') - 1)`;
}

/** Brings the endpoint, if it is paused. */
export function joinPaused(account: string, url: string): string {
  return `LEFT JOIN endpoint
    ON endpoint.account_id = ${account} AND endpoint.endpoint = ${endpointOf(url)} AND endpoint.paused_at IS NOT NULL`;
}

/** State, reason and time of a new webhook: owed at once, unless its endpoint is paused. @param at SQL for epoch ms */
export function unlessPaused(at: string): string {
  return `
  iif(endpoint.paused_at IS NULL, 'owed', 'dead'),
  iif(endpoint.paused_at IS NULL, NULL, 'paused: ' || endpoint.reason),
  iif(endpoint.paused_at IS NULL, ${at}, NULL)`;
}

/** The columns of a new webhook, in the order in which the statements give them. */
export const OWED_COLUMNS =
  "id, account_id, dialect, kind, subject, url, endpoint, event, state, reason, due_at, created_at, changed_at";
