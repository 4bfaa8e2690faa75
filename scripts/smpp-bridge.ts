/**
 * `npm run smpp-bridge`: takes SMPP connections for a gateway that is deployed elsewhere. It is set by its environment, says once
 * what is wrong with that, and takes leave of its customers' programs when it is asked to end.
 */

import { createServer } from "node:http";
import { type Bridge, startBridge } from "./smpp/bridge.ts";
import { certificateIn } from "./smpp/tls.ts";

const USE = `Set these, then run npm run smpp-bridge:
  SMPP_GATEWAY        base URLs of the gateway, with commas between them: https://sms.example.com
  SMPP_BRIDGE_TOKEN   the gateway's setting of that name
  SMPP_PORT           for connections without TLS (2775), or off
  SMPP_TLS_PORT       for connections with TLS (3550), or off; it needs SMPP_TLS_CERT and SMPP_TLS_KEY, two files of PEM
  SMPP_HOST           the address it listens on (0.0.0.0)
  SMPP_HEALTH_PORT    where it answers /health over HTTP (2780), or off`;

const say = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
const bridges: Bridge[] = [];
let isEnding = false;

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end());

try {
  const common = { host: process.env.SMPP_HOST || "0.0.0.0", gateways: gatewaysOf(), token: tokenOf(), say };
  const [plain, secure] = [
    portOf("SMPP_PORT", 2775),
    portOf("SMPP_TLS_PORT", process.env.SMPP_TLS_CERT ? 3550 : undefined),
  ];
  if (plain !== undefined) bridges.push(await startBridge({ ...common, port: plain }));
  if (secure !== undefined) bridges.push(await startBridge({ ...common, port: secure, tls: certificate() }));
  const health = portOf("SMPP_HEALTH_PORT", 2780);
  if (health !== undefined) answerHealth(health);
  say(
    `carrying SMPP from ${[plain, secure].filter((port) => port !== undefined).join(" and ")} to ${common.gateways.join(", ")}`,
  );
  if (plain !== undefined) say("connections without TLS show passwords and texts to everybody on the way");
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USE}`);
  process.exit(1);
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  say("ending");
  await Promise.all(bridges.map((bridge) => bridge.drain()));
  process.exit(0);
}

/** @throws Error */
function gatewaysOf(): string[] {
  const urls = (process.env.SMPP_GATEWAY ?? "").split(",").flatMap((one) => one.trim().replace(/\/+$/, "") || []);
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ""));
  if (urls.length === 0 || wrong) throw new Error("SMPP_GATEWAY must be http(s) URLs, with commas between them");
  return urls;
}

/** @throws Error */
function tokenOf(): string {
  const { SMPP_BRIDGE_TOKEN: token = "" } = process.env;
  if (token.length < 16) throw new Error("SMPP_BRIDGE_TOKEN must have at least 16 characters");
  return token;
}

/** @throws Error */
function portOf(name: string, otherwise: number | undefined): number | undefined {
  const text = process.env[name];
  if (!text) return otherwise;
  if (text === "off") return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${name} must be a number from 1 to 65535, or off`);
}

/** @throws Error */
function certificate() {
  const { SMPP_TLS_CERT: cert, SMPP_TLS_KEY: key } = process.env;
  if (!cert || !key) throw new Error("SMPP_TLS_CERT and SMPP_TLS_KEY must name the files of a certificate and its key");
  return certificateIn({ cert, key }, Date.now());
}

function answerHealth(port: number): void {
  const server = createServer((request, answer) => {
    const isHealth = request.url === "/health";
    const figures = bridges.map((bridge) => bridge.figures());
    const sum = (name: "open" | "bound") => figures.reduce((total, one) => total + one[name], 0);
    answer.writeHead(isHealth ? (isEnding ? 503 : 200) : 404, { "content-type": "application/json" });
    answer.end(
      isHealth ? JSON.stringify({ status: isEnding ? "ending" : "ok", open: sum("open"), bound: sum("bound") }) : "{}",
    );
  });
  server.on("error", (error) => say(`no /health: ${error.message}`));
  server.listen(port, "127.0.0.1");
}
