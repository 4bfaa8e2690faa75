// The types of `stafett/testing`. This file is also published, as its declarations: so it holds nothing but types.

/** How a gateway for tests is started. */
export type StartOptions = {
  /** Where it listens on 127.0.0.1; absent: any free port. */
  port?: number;
  /** Settings, as the environment would have them, like MSISDN_HEADER. */
  settings?: Record<string, string>;
  /** Hears the gateway's log, a line an event. */
  onLog?: (line: string) => void;
};

/** A text as a handset shows it. */
export type Text = {
  id: string;
  from: string;
  text: string;
  parts: number;
  encoding: "gsm7" | "ucs2";
  receivedAt: string;
  /** Where it is not an SMS. */
  channel?: string;
};

/** What the simulated operator says that it billed. */
export type Charge = {
  id: string;
  kind: "charge" | "reversal";
  msisdn: string;
  /** Minor units: 1000 is 10.00. Less than nothing for a reversal. */
  amount: number;
  currency: string;
  merchant: string;
  invoiceText: string;
  billedAt: string;
};

/** What clients of each dialect prove themselves by, as the account `demo`. */
export type Credentials = {
  target365: { apiKey: string };
  txtnation: { campaign: string; apiKey: string };
  cm: { productToken: string };
  flowroute: { accessKey: string; secretKey: string };
};

/** What is waited for. */
export type Wanted = {
  /** How long, before it fails. Absent: 10. */
  seconds?: number;
};

/** So much time, or until a moment. */
export type Time =
  | { seconds?: number; minutes?: number; hours?: number; days?: number; weeks?: number }
  | { to: Date | string };

/** A gateway for tests, with its sandbox. */
export type Stafett = {
  /** The base URL, which clients are configured with in place of their provider's. */
  url: string;
  /** The operator's token, for `/admin/v1` and `/sandbox/v1`. */
  adminToken: string;
  credentials: Credentials;
  /** All that a handset has received, oldest first. */
  handset(number: string): Promise<Text[]>;
  /**
   * The next text to this number: the first that no call before has returned, and that has this in it.
   * Waits for it, and fails with what did come.
   */
  waitForText(number: string, wanted?: Wanted & { match?: string | RegExp }): Promise<Text>;
  /** All that a number's operator billed, oldest first. */
  charges(number: string): Promise<Charge[]>;
  /** The next charge to this number, as `waitForText`; a reversal is one, too. */
  waitForCharge(number: string, wanted?: Wanted & { kind?: Charge["kind"] }): Promise<Charge>;
  /** The person writes a text. */
  reply(number: string, text: { to: string; text: string }): Promise<void>;
  /** Moves the clock; all that falls due on the way has happened when this resolves. */
  advance(time: Time): Promise<Date>;
  /** The time by its clock. */
  now(): Promise<Date>;
  /** Calls any other address of `/admin/v1` or `/sandbox/v1`; throws, with the reason, unless it answers a 200. */
  operator<T = unknown>(method: string, path: string, json?: unknown): Promise<T>;
  /** Everything is deleted, the clock is right, and the demo account is there. */
  reset(): Promise<void>;
  /** All that it holds, to be put back later: here, or in another gateway of this version. */
  save(): Promise<object>;
  /** Puts what was saved in the place of all that is there. */
  restore(saved: object): Promise<void>;
  /** Ends it; what it held is gone. */
  stop(): Promise<void>;
};

/** Starts a gateway that keeps its state in memory. Several may run side by side, and know nothing of one another. */
export declare function startStafett(options?: StartOptions): Promise<Stafett>;

/** A gateway that runs already: in a container, say. `stop` leaves it running. */
export declare function connectStafett(running: {
  url: string;
  adminToken: string;
  /** The key of the account `demo` there. Absent: that of a gateway on this machine. */
  demoApiKey?: string;
}): Stafett;
