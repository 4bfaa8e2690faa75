/** What is published: the package by its image's own steps, started as `npx stafett`, and as the image starts it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { readGiven } from "../../cli/command.ts";
import { commands } from "../../cli/main.ts";
import { freePort } from "../../scripts/free-port.ts";
import { root } from "../../scripts/root.ts";
import { runtimesOn } from "../../scripts/state-owner.ts";
import { secretsIn } from "../../scripts/supply.ts";
import { SETTING_NAMES } from "../../src/env.ts";
import {
  buildImage,
  environmentOf,
  type Image,
  inFolder,
  linkPackages,
  ownersOf,
  removeImages,
} from "../support/dockerfile.ts";
import { ending, environment, saying, useProcesses } from "../support/npm.ts";

/** Longer than any step takes. Milliseconds. */
const PATIENCE = 240_000;

/** Of this repository: what is published has the same. */
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const start = useProcesses();
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "stafett-package-")));
let image: Image;
beforeAll(() => {
  image = buildImage(join(root, "Dockerfile"), {
    scratch,
    instead: { "npm ci --ignore-scripts --no-audit --no-fund": linkPackages },
  });
}, PATIENCE);
afterAll(() => removeImages(scratch));

const installed = () => join(image.folder, "app/node_modules/stafett");
/** With the Node of this repository in front: the machine's own may be too old. */
const withNode = (settings: Record<string, string> = {}) =>
  environment({ PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`, ...settings });
const npx = (...args: string[]) =>
  ending("npx", ["stafett", ...args], { cwd: join(image.folder, "app"), env: withNode() });

/** @throws Trouble where a command takes no such words or options */
function taken(line: string): void {
  const [name, ...args] = (line.match(/"[^"]*"|\S+/g) ?? []).slice(2).map((word) => word.replaceAll('"', ""));
  const command = commands.find((one) => one.name === name);
  if (!command) throw new Error(`there is no command ${name}`);
  readGiven(command, args, "npx stafett");
}

describe("the published package", () => {
  const files = () =>
    readdirSync(installed(), { recursive: true, encoding: "utf8" }).filter((file) =>
      statSync(join(installed(), file)).isFile(),
    );

  it("holds what runs, and nothing else", () => {
    const allowed =
      /^(package\.json|README\.md|LICENSE|THIRD-PARTY\.txt|dist\/[\w-]+\.(js|mjs|json|d\.ts)|public\/\S+)$/;
    expect(files().filter((file) => !allowed.test(file))).toEqual([]);
    expect(files().filter((file) => /\.(test|spec)\.|\.map$|(^|\/)\.(?!well)/.test(file))).toEqual([]);
    for (const file of ["dist/bin.mjs", "dist/worker.json", "public/_headers"]) expect(files()).toContain(file);
  });

  it("holds no secret, and no path of the machine that made it", () => {
    for (const file of files().filter((one) => !/\.(png|ico|woff2?)$/.test(one))) {
      const text = readFileSync(join(installed(), file), "utf8");
      expect(secretsIn(text), file).toEqual([]);
      expect(text.includes(scratch) || text.includes(root.replace(/\/$/, "")), file).toBe(false);
    }
  });

  it("has every migration, and needs Miniflare alone", () => {
    const { steps } = JSON.parse(readFileSync(join(installed(), "dist/worker.json"), "utf8"));
    const migrations = readdirSync(join(root, "migrations")).filter((file) => file.endsWith(".sql"));
    expect(steps.map(({ name }: { name: string }) => name)).toEqual(migrations.sort());
    const { dependencies, bin, engines } = JSON.parse(readFileSync(join(installed(), "package.json"), "utf8"));
    expect(Object.keys(dependencies)).toEqual(["miniflare"]);
    expect(bin).toEqual({ stafett: "dist/bin.mjs" });
    expect(engines).toEqual({ node: ">=22.13" });
    for (const builder of ["wrangler", "esbuild", "typescript", "vitest"]) {
      expect(readdirSync(join(image.folder, "app/node_modules"))).not.toContain(builder);
    }
  });

  it("names the licence of all code in it that is somebody else's", () => {
    const text = readFileSync(join(installed(), "THIRD-PARTY.txt"), "utf8");
    for (const name of ["hono", "zod", "libphonenumber-js", "idiomorph"])
      expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(text).not.toMatch(/^Licence: undefined/m);
  });

  it("says its version, and what it can do", async () => {
    expect(await npx("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });
    const help = await npx("--help");
    expect(help.stdout).toContain("npx stafett [command] [options]");
    const readme = readFileSync(join(installed(), "README.md"), "utf8");
    const named = [...readme.matchAll(/npx stafett ([a-z]+)/g)].map(([, name]) => name);
    for (const name of ["start", ...new Set(named)]) expect(help.stdout).toMatch(new RegExp(`^ +${name} `, "m"));
    expect(named.length).toBeGreaterThan(0);
    for (const line of readme.match(/^npx stafett .*/gm) ?? []) expect(() => taken(line), line).not.toThrow();
  });

  it("speaks MCP with what is in it", async () => {
    const client = new Client({ name: "a coding agent", version: "1" });
    const bin = join(installed(), "dist/bin.mjs");
    const transport = new StdioClientTransport({ command: process.execPath, args: [bin, "mcp"], cwd: scratch });
    await client.connect(transport);
    expect(client.getServerVersion()).toMatchObject({ name: "stafett", version });
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("wait_for_text");
    await client.close();
  });

  it("says that this Node is too old", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" })';
    const args = ["--import", `data:text/javascript,${old}`, join(installed(), "dist/bin.mjs")];
    const { code, stderr } = await ending(process.execPath, args, { env: withNode() });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Stafett needs Node 22\.13 or later, and this is 20\.20\.2/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("starts as npm start does, keeps its state where it is started, and ends when npx does", {
    timeout: PATIENCE,
  }, async () => {
    const folder = join(image.folder, "app");
    const port = await freePort();
    const npx = start("npx", ["stafett", "--port", String(port), "--smpp-port", "off"], {
      cwd: folder,
      env: withNode(),
    });
    const said = await saying(npx, "is listening on");
    expect(said).toContain("loading the Worker");
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(await health.json()).toEqual({ status: "ok" });
    expect((await fetch(`http://127.0.0.1:${port}/assets/console.css`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/docs/recipes/stop`)).status).toBe(200);
    const stateDir = join(folder, ".stafett");
    expect(readFileSync(join(stateDir, ".gitignore"), "utf8")).toBe("*\n");
    expect(runtimesOn(stateDir)).toHaveLength(1);
    npx.kill("SIGKILL");
    await new Promise((resolve) => npx.once("close", resolve));
    expect(runtimesOn(stateDir)).toEqual([]);
  });
});

describe("stafett/testing, as a program of somebody else's has it", () => {
  /** The page's own example. */
  const page = readFileSync(join(root, "docs/testing.md"), "utf8");
  const [program, inReadme] = [page, readFileSync(join(root, "cli/package/README.md"), "utf8")].map(
    (text) => /```ts\n(.*?)```/s.exec(text)?.[1] ?? "no program",
  ) as [string, string];
  const app = () => join(image.folder, "app");
  const tsc = (text: string) => {
    writeFileSync(join(app(), "typed.mts"), text);
    const options = [
      "--ignoreConfig",
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--typeRoots",
      join(root, "node_modules/@types"),
      "--types",
      "node",
      "--lib",
      "es2024,dom",
    ];
    return ending(join(root, "node_modules/.bin/tsc"), [...options, "typed.mts"], { cwd: app(), env: withNode() });
  };

  it("runs, and ends by itself once it is stopped", { timeout: PATIENCE }, async () => {
    writeFileSync(join(app(), "sign-up.test.mts"), program);
    const args = ["--disable-warning=ExperimentalWarning", "sign-up.test.mts"];
    const { code, stdout, stderr } = await ending("node", args, { cwd: app(), env: withNode() });
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/pass 2\n.*fail 0\n/s);
  });

  it("leaves no runtime behind when its process is killed", { timeout: PATIENCE }, async () => {
    const waiting = `
      import { startStafett } from "stafett/testing";
      console.log((await startStafett()).url);
      setInterval(() => {}, 9_000);`;
    writeFileSync(join(app(), "wait.mts"), waiting);
    const child = start("node", ["wait.mts"], { cwd: app(), env: withNode() });
    const [url = ""] = /http:\S+/.exec(await saying(child, "http:")) ?? [];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(fetch(`${url}/health`)).rejects.toThrow(), 30_000);
  });

  it("has types, which find what is wrong", { timeout: PATIENCE }, async () => {
    for (const right of [program, inReadme]) expect(await tsc(right)).toEqual({ code: 0, stdout: "", stderr: "" });
    const wrong = await tsc(program.replace("waitForText(", "waitForTextt("));
    expect(wrong.stdout).toContain("Property 'waitForTextt' does not exist on type 'Stafett'");
  });
});

describe("the image", () => {
  type Service = { environment: Record<string, string>; ports?: string[]; volumes: string[]; command?: string[] };
  const { services } = parse(readFileSync(join(root, "compose.yaml"), "utf8")) as { services: Record<string, Service> };
  const { stafett, receiver } = services as { stafett: Service; receiver: Service };
  const given = Object.fromEntries(
    Object.entries(stafett.environment).map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, "$1")]),
  );

  it("runs as a user who may do nothing but write its state", () => {
    expect(image.user).toBe("node");
    expect(image.volumes).toEqual(["/data"]);
    expect(ownersOf(image)).toBe("node:node /data\n");
    expect(image.env).toMatchObject({ STATE_DIR: "/data", HOST: "0.0.0.0" });
  });

  it("has in it what the package has, and nothing that was needed to build it", () => {
    expect(
      readdirSync(join(image.folder, "app"))
        .filter((name) => !/^\.stafett$|\.mts$/.test(name))
        .sort(),
    ).toEqual(["node_modules", "package-lock.json", "package.json"]);
  });

  it("is given settings that there are, and ports that it has, by the compose file", () => {
    expect(Object.keys(given).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    const ports = stafett.ports?.map((port) => port.split(":"));
    expect(ports?.map(([address]) => address)).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(ports?.map(([, , inside]) => Number(inside))).toEqual(image.ports);
    expect(stafett.volumes).toEqual([`state:${image.volumes[0]}`]);
  });

  it("starts, is found healthy, and sends the receiver of the compose file its reports", {
    timeout: PATIENCE,
  }, async () => {
    const ports = { stafett: await freePort(), smpp: await freePort(), receiver: await freePort() };
    const url = `http://127.0.0.1:${ports.stafett}`;
    const env = {
      ...environmentOf(image),
      ...given,
      PORT: String(ports.stafett),
      SMPP_PORT: String(ports.smpp),
      HOST: "127.0.0.1", // 0.0.0.0 would open this machine to its network
    };
    const here = (word: string) => inFolder(image, word).replaceAll("127.0.0.1:8787", `127.0.0.1:${ports.stafett}`);
    const [program = "", ...args] = image.command.map(here);
    const gateway = start(program, args, { cwd: join(image.folder, image.workdir), env });
    const said = await saying(gateway, "is listening on");
    expect(said).toContain(`SMPP          127.0.0.1:${ports.smpp}`);
    const [checker = "", ...check] = image.healthCheck.map(here);
    execFileSync(checker, check, { env, stdio: "pipe" });

    const base = `http://127.0.0.1:${ports.receiver}`;
    const command = (receiver.command ?? []).map((word) =>
      word.replace("/examples/", `${join(root, "examples")}/`).replace("http://stafett:8787", url),
    );
    const reports = start(command[0] ?? "", command.slice(1), {
      env: { ...env, PORT: String(ports.receiver), RECEIVER_URL: base },
    });
    await saying(reports, "waiting");
    const signed = saying(reports, "signature ok");
    const sent = await fetch(`${url}/api/out-messages`, {
      method: "POST",
      headers: { "x-apikey": given.DEMO_API_KEY ?? "" },
      body: JSON.stringify({
        sender: "Stafett",
        recipient: "+4798079008",
        content: "Hello",
        deliveryReportUrl: `${base}/reports`,
      }),
    });
    expect(sent.status).toBe(201);
    expect(await signed).toContain("Delivered");
    expect(receiver.environment.RECEIVER_URL).toBe("http://receiver:9000");

    gateway.kill("SIGTERM");
    expect(await new Promise((resolve) => gateway.once("exit", resolve))).toBe(0);
    expect(readdirSync(join(image.folder, "data"))).toContain("data");
  });
});
