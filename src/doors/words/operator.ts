/** What the members of the operator's API and of the sandbox say. A name with a point is that of a member of one thing alone. */

import type { FieldWords } from "../../dialects/dialect.ts";
import { accountWords } from "./accounts.ts";
import { happenedWords } from "./happened.ts";
import { sandboxWords } from "./sandbox.ts";

export const operatorWords: FieldWords = { ...accountWords, ...happenedWords, ...sandboxWords };
