/** Calls of the API of Target365, with what it knows us by. */

import type { Http, HttpAnswer, HttpRequest } from "../../core/kernel/ports.ts";

export type Call = Omit<HttpRequest, "url" | "headers" | "body"> & { path: string; json?: unknown };

export type Api = {
  send(call: Call): Promise<HttpAnswer>;
  /** Epoch ms of real time. */
  wall(): number;
};

/** What a call says besides its body: how we are known. */
export type Credential = (call: { method: string; url: string; body: string }) => Promise<Record<string, string>>;

/** @param base without a final slash */
export function apiOf(http: Http, base: string, credential: Credential, wall: () => number): Api {
  return {
    wall,
    async send({ path, json, ...call }) {
      const body = json === undefined ? "" : JSON.stringify(json);
      const url = base + path;
      const headers = {
        ...(await credential({ method: call.method, url, body })),
        ...(body === "" ? {} : { "content-type": "application/json" }),
        accept: "application/json",
      };
      return http.send({ ...call, url, headers, ...(body === "" ? {} : { body }) });
    },
  };
}
