/** The wire's shapes. */

import { z } from "zod";

export const Letter = z.object({
  id: z.string().min(1).max(100),
  to: z.string(),
  from: z.string(),
  text: z.string().min(1),
});
export type Letter = z.output<typeof Letter>;
