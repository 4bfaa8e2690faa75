/** Time. In the sandbox `now` can be moved ahead; `wall` is always the real time, which signatures live by. */
export interface Clock {
  /** Epoch milliseconds by which messages are due. */
  now(): number;
  /** Epoch milliseconds as the rest of the world has them. */
  wall(): number;
  /** Waits, in real time. Milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}
