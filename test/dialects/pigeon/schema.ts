/** The wire's shapes. */

import { z } from "zod";

export const Letter = z.object({
  id: z.string().min(1).max(100).describe("your id of the letter"),
  to: z.string().describe("the person's phone number, with +"),
  from: z.string().describe("a sender of yours"),
  text: z.string().min(1).describe("what the letter says"),
});
export type Letter = z.output<typeof Letter>;
