/** The connect() handler over real TCP: workerd itself listens, and hands each connection to the Worker. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKey, newSigningKey } from "../../scripts/local-settings.ts";
import { root } from "../../scripts/runtime.ts";
import { STATUS } from "../../src/smpp/fields.ts";
import { encode, pdu } from "../../src/smpp/pdu.ts";
import { Esme } from "../support/esme.ts";

/** The handler as the Worker has it, before sessions that answer each request, and say where it came from. */
const WORKER = `
  import { DurableObject } from "cloudflare:workers";
  import { takeStream } from "./src/doors/smpp/stream.ts";
  import { Framer } from "./src/smpp/frames.ts";
  import { decode, encode, respond } from "./src/smpp/pdu.ts";

  export class Sessions extends DurableObject {
    async fetch(request) {
      const { 0: theirs, 1: ours } = new WebSocketPair();
      ours.binaryType = "arraybuffer";
      ours.accept();
      const address = request.headers.get("x-smpp-address");
      ours.addEventListener("message", ({ data }) => {
        for (const frame of new Framer().push(new Uint8Array(data))) {
          const { pdu } = decode(frame);
          if (pdu.command === "unbind") {
            ours.send(encode(respond(pdu, 0)));
            ours.close(1000, "it unbound");
          } else ours.send(encode(respond(pdu, 0, { body: { systemId: address, messageId: pdu.body.source } })));
        }
      });
      return new Response(null, { status: 101, webSocket: theirs });
    }
  }

  export default { connect: (socket, env) => takeStream(socket, env), fetch: () => new Response() };
`;

const text = (name: string, value: string) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`;

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker)],
  sockets = [(name = "smpp", address = "127.0.0.1:0", tcp = (), service = "worker")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  bindings = [
    ${text("SMPP_BRIDGE_TOKEN", "a-token-of-the-bridge")},
    ${text("SIGNING_KEY", newSigningKey())},
    ${text("SECRETS_KEY", newKey())},
    ${text("SANDBOX", "on")},
    (name = "SMPP", durableObjectNamespace = "Sessions")
  ],
  durableObjectNamespaces = [(className = "Sessions", uniqueKey = "sessions")],
  durableObjectStorage = (inMemory = void)
);
`;

describe("a connection that workerd takes", () => {
  const folder = mkdtempSync(join(tmpdir(), "stafett-workerd-"));
  let workerd: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: { contents: WORKER, resolveDir: root, loader: "ts" },
      ...{ bundle: true, write: false, format: "esm", target: "es2024", external: ["cloudflare:*", "node:*"] },
    });
    writeFileSync(join(folder, "worker.js"), outputFiles[0]?.text ?? "");
    writeFileSync(join(folder, "config.capnp"), CONFIG);
    const given = ["serve", "--experimental", "--control-fd=3", join(folder, "config.capnp")];
    // Beside its output it says on a channel of its own which port it was given.
    workerd = spawn(join(root, "node_modules/.bin/workerd"), given, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    port = await portOf(workerd);
  }, 60_000);
  afterAll(() => {
    workerd?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("is bound, and known by its address", async () => {
    const esme = await Esme.open(port);
    expect(await esme.bind("acme", "x")).toMatchObject({ status: STATUS.ok, body: { systemId: "127.0.0.1" } });
    await esme.end();
  });

  it("is heard in pieces of one octet, and in one piece of many PDUs", async () => {
    const esme = await Esme.bound(port, "acme", "x");
    const submit = (sequence: number) => pdu("submit_sm", { sequence, body: { source: `from-${sequence}` } });
    for (const octet of encode(submit(100))) {
      esme.write(Buffer.of(octet));
      await new Promise((next) => setImmediate(next));
    }
    expect(await esme.answerTo(100)).toMatchObject({ status: 0, body: { messageId: "from-100" } });
    esme.send(...Array.from({ length: 200 }, (_, index) => submit(200 + index)));
    for (const sequence of [200, 300, 399]) {
      expect(await esme.answerTo(sequence)).toMatchObject({ body: { messageId: `from-${sequence}` } });
    }
    await esme.end();
  });

  it("ends when its session does, after the last answer", async () => {
    const esme = await Esme.bound(port, "acme", "x");
    expect((await esme.ask("unbind")).status).toBe(STATUS.ok);
    await esme.closed;
  });

  it("is closed where it does not begin with a bind", async () => {
    const esme = await Esme.open(port);
    esme.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await esme.closed;
  });
});

async function portOf({ stdio, stderr }: ChildProcess): Promise<number> {
  let [told, said] = ["", ""];
  stderr?.on("data", (chunk) => {
    said += chunk;
  });
  for await (const chunk of stdio[3] as Readable) {
    told += chunk;
    const found = /"event":"listen","socket":"smpp","port":(\d+)/.exec(told)?.[1];
    if (found) return Number(found);
  }
  throw new Error(`workerd does not listen, and said: ${said}`);
}
