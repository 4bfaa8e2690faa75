/** Makes the site into one file, in place of older ones: `node site/make.ts .wrangler/docs/name.json`. */

import { basename, dirname } from "node:path";
import { keepAlone } from "../scripts/kept.ts";
import { generate } from "./generate.ts";

const [, , file = ""] = process.argv;
const assets = await generate();
keepAlone(dirname(file), basename(file), JSON.stringify(assets));
process.exit(0); // esbuild keeps the process
