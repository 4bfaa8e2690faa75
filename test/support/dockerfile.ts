/** A Dockerfile read, and its steps run in a folder that stands for the root of the image: where no builder is at hand. */

import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { root } from "../../scripts/root.ts";
import { environment } from "./npm.ts";

export type Step = { instruction: string; text: string };
export type Stage = { image: string; name?: string; steps: Step[] };

/** The stages of a Dockerfile, with their steps in order. */
export function stagesOf(text: string): Stage[] {
  const lines = text.replaceAll("\\\n", " ").split("\n");
  const stages: Stage[] = [];
  for (const line of lines.filter((one) => /^[A-Z]+ /.test(one))) {
    const [, instruction = "", rest = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (instruction === "FROM") {
      const [image = "", , name] = rest.split(/ +(as|AS) +/).flatMap((part) => part.trim());
      stages.push({ image, ...(name ? { name } : {}), steps: [] });
    } else stages.at(-1)?.steps.push({ instruction, text: rest });
  }
  return stages;
}

/** What an image is after its steps. */
export type Image = {
  /** Stands for `/`. */
  folder: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  volumes: string[];
  ports: number[];
  /** What runs in it, with what is given by default. */
  command: string[];
  healthCheck: string[];
  /** What was given to whom. */
  owners: string[];
};

export type Building = {
  /** Where the images are, a folder each. */
  scratch: string;
  /** Done in place of a RUN that is the same wherever it is run, and takes long. */
  instead?: Record<string, (workdir: string) => void>;
};

/** Runs the steps of all stages; answers the last image. */
export function buildImage(dockerfile: string, { scratch, instead = {} }: Building): Image {
  const images = new Map<string, Image>();
  let image: Image | undefined;
  for (const [index, stage] of stagesOf(readFileSync(dockerfile, "utf8")).entries()) {
    image = emptyImage(join(scratch, stage.name ?? `stage-${index}`));
    for (const step of stage.steps) runStep(image, step, { images, instead });
    if (stage.name) images.set(stage.name, image);
  }
  if (!image) throw new Error(`${dockerfile} has no FROM`);
  return image;
}

function emptyImage(folder: string): Image {
  mkdirSync(join(folder, "bin"), { recursive: true });
  // Only root may give files away, and the image's user is none of this machine's.
  writeFileSync(join(folder, "bin/chown"), `#!/bin/sh\necho "$*" >> "${folder}/owners"\n`, { mode: 0o755 });
  return {
    folder,
    workdir: "/",
    env: {},
    user: "root",
    volumes: [],
    ports: [],
    command: [],
    healthCheck: [],
    owners: [],
  };
}

type Around = { images: ReadonlyMap<string, Image>; instead: NonNullable<Building["instead"]> };

function runStep(image: Image, { instruction, text }: Step, { images, instead }: Around): void {
  const here = join(image.folder, image.workdir);
  switch (instruction) {
    case "WORKDIR":
      image.workdir = text;
      mkdirSync(join(image.folder, text), { recursive: true });
      return;
    case "ENV":
      for (const [, name = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) image.env[name] = value;
      return;
    case "COPY":
      copy(image, text, images);
      return;
    case "RUN": {
      // What is mounted for a step is on this machine where it always is.
      const command = text.replace(/^(--mount=\S+ +)*/, "");
      if (instead[command]) instead[command](here);
      else
        execFileSync("sh", ["-euc", inFolder(image, command)], { cwd: here, env: environmentOf(image), stdio: "pipe" });
      return;
    }
    case "USER":
      image.user = text;
      return;
    case "VOLUME":
      image.volumes.push(text);
      return;
    case "EXPOSE":
      image.ports.push(...text.split(" ").map(Number));
      return;
    case "HEALTHCHECK":
      image.healthCheck = JSON.parse(text.replace(/^.* CMD /, "")) as string[];
      return;
    case "ENTRYPOINT":
    case "CMD":
      image.command.push(...(JSON.parse(text) as string[]));
      return;
    default:
      throw new Error(`${instruction} is not known here: add it to test/support/dockerfile.ts`);
  }
}

/** Paths of the image, as paths of this machine. */
export function inFolder({ folder }: Image, text: string): string {
  return text.replace(/(^|[\s=])\/(app|bridge|data|src)\b/g, `$1${folder}/$2`);
}

/** What a process in the image has about it. */
export function environmentOf(image: Image): Record<string, string> {
  const own = Object.entries(image.env).map(([name, value]) => [name, inFolder(image, value)]);
  const path = `${join(image.folder, "bin")}:${join(root, "node_modules/.bin")}:${process.env.PATH}`;
  return { ...(environment() as Record<string, string>), ...Object.fromEntries(own), PATH: path };
}

/** What is kept out of an image by the .dockerignore: names at the root of the repository. */
const ignored = () => readFileSync(join(root, ".dockerignore"), "utf8").trim().split("\n");

function copy(image: Image, text: string, images: ReadonlyMap<string, Image>): void {
  const [, from, rest = text] = /^--from=(\S+) (.*)$/.exec(text) ?? [];
  const source = from ? join((images.get(from) as Image).folder) : root;
  const paths = rest.split(" ");
  const target = resolve(join(image.folder, image.workdir), paths.pop() ?? "");
  for (const path of paths.flatMap((one) =>
    one === "." ? [one] : globSync(one.replace(/^\//, ""), { cwd: source }),
  )) {
    const isInto = paths.length > 1 || rest.endsWith("/");
    cpSync(join(source, path), isInto && path !== "." ? join(target, basename(path)) : target, {
      recursive: true,
      filter: (file) => from !== undefined || !ignored().some((name) => file === join(root, name)),
    });
  }
}

/** In place of `npm ci`: the packages that it would bring are those of this checkout. */
export function linkPackages(workdir: string): void {
  symlinkSync(join(root, "node_modules"), join(workdir, "node_modules"));
}

/** Who owns what, as the image's steps gave it. */
export function ownersOf({ folder }: Image): string {
  const file = join(folder, "owners");
  return statSync(file, { throwIfNoEntry: false }) ? readFileSync(file, "utf8").replaceAll(folder, "") : "";
}

/** Removes what was built. */
export const removeImages = (scratch: string) => rmSync(scratch, { recursive: true, force: true });
