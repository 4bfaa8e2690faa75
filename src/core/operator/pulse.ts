/** Whether anything has happened: cheap enough to be asked again and again. */

export type Newest = {
  message?: string;
  transaction?: string;
  inbound?: string;
  webhook?: string;
  subscription?: string;
};

export interface PulseStore {
  /** The newest id of each kind, and that up to now where there are later ones; of one account or of all. */
  newest(now: number, account?: string): Promise<Newest>;
  /** When each of these things changed last (epoch ms), by id; of those that there are. */
  changes(ids: readonly string[]): Promise<Record<string, number>>;
}
