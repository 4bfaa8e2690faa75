/** `stafett mcp`: the sandbox as tools for a coding agent, by the Model Context Protocol over standard input and output. */

import type { Command } from "../command.ts";
import { demoKeyOf, TARGET_OPTIONS, targetOf } from "../target.ts";

export const mcp: Command = {
  name: "mcp",
  summary: "Give a coding agent the sandbox as tools (MCP over stdio)",
  takes: "",
  words: [0, 0],
  options: {
    "api-key": { value: "KEY", says: "the demo account's (DEMO_API_KEY)" },
    ...TARGET_OPTIONS,
  },
  examples: ["mcp"],

  async run(given) {
    // The protocol's own library takes a while to load: no other command needs it.
    const { serve } = await import("../mcp/server.ts");
    await serve(targetOf(given), demoKeyOf(given));
  },
};
