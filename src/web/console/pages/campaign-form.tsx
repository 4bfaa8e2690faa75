/** A new campaign: its form, which makes a draft of it with its recipients. */

import { Hono } from "hono";
import { linesOfCsv, MOST_LINES } from "../../../core/campaigns/lists.ts";
import { GatewayError } from "../../../core/kernel/errors.ts";
import { BODY_CAP } from "../../../doors/body.ts";
import { ApiError, ask } from "../api.ts";
import type { C, ConsoleEnv } from "../console-env.ts";
import { accountOptions } from "../ui/filters.tsx";
import { form, type Group, type Typed, toBody, tried, typedIn } from "../ui/form.tsx";
import { page } from "../ui/layout.tsx";
import { withThousands } from "../ui/words.tsx";

const app = new Hono<ConsoleEnv>({ strict: false });
export const newCampaign = app;

const HERE = "/console/campaigns";

async function groupsFor(c: C): Promise<readonly Group[]> {
  const options = await accountOptions(c, "choose one");
  return [
    {
      fields: [
        { name: "account", label: "Account", required: true, ...(options ? { kind: "choice", options } : {}) },
        {
          name: "name",
          label: "Name",
          required: true,
          hint: "Shown in the console and the API. Recipients do not see it.",
        },
        { name: "sender", label: "From", required: true, size: 20, hint: "One of the account’s senders." },
        {
          name: "text",
          label: "Text",
          kind: "area",
          required: true,
          hint: "{{name}} is filled with what a recipient’s line has under that heading.",
        },
        {
          name: "recipients",
          label: "Recipients",
          kind: "area",
          required: true,
          isApart: true,
          placeholder: "recipient,name\n+4798079008,Kari",
          hint: `One number on each line, or CSV with a column named recipient. ${withThousands(MOST_LINES)} lines at most.`,
        },
      ],
    },
    {
      legend: "When they leave",
      fields: [
        { name: "perMinute", label: "Texts in a minute, at most", kind: "whole", required: true, size: 8 },
        { name: "window.hours", label: "Hours of the day", size: 16, placeholder: "09:00-20:00", hint: "Empty: any." },
        {
          name: "window.timeZone",
          label: "By the clock of",
          size: 24,
          placeholder: "Europe/Oslo",
          hint: "Empty: by that of each recipient’s country.",
        },
        { name: "startsAt", label: "Starts (UTC)", kind: "time", hint: "Empty: when it is started." },
        { name: "endsAt", label: "Ends (UTC)", kind: "time", hint: "What has not left by then is not sent." },
      ],
    },
  ];
}

app.get("/", (c) => show(c, { account: c.req.query("account") ?? "", perMinute: "600" }));

async function show(c: C, typed: Typed, refused?: ApiError) {
  return page(
    c,
    { title: "New campaign", status: refused?.status ?? 200, styles: ["forms"] },
    <>
      <p class="back">
        <a href={HERE}>← Campaigns</a>
      </p>
      <h1>New campaign</h1>
      <p class="hint">It is a draft at first: nothing is sent before you start it on its page.</p>
      {form({ action: `${HERE}/new`, groups: await groupsFor(c), typed, refused, submit: "Make the draft" })}
    </>,
  );
}

app.post("/", async (c) => {
  // More is read than is taken: what was typed is shown again with the refusal.
  const typed = await typedIn(c, BODY_CAP);
  const made = await tried(async () => {
    const json = toBody(await groupsFor(c), typed);
    const recipients = readList(typed.recipients ?? "");
    const { id } = await ask(c, "POST /admin/v1/campaigns", { json });
    await fill(c, id, recipients);
    return id;
  });
  if ("refused" in made) return show(c, typed, made.refused);
  return c.redirect(`${HERE}/${made.done}?done=made`, 303);
});

/** A draft whose list is refused is not left behind. */
async function fill(c: C, id: string, json: object): Promise<void> {
  const params = { id };
  const filled = await tried(() => ask(c, "POST /admin/v1/campaigns/{id}/recipients", { params, json }));
  if (!("refused" in filled)) return;
  await ask(c, "POST /admin/v1/campaigns/{id}/cancel", { params });
  throw new ApiError(filled.refused.status, `recipients: ${filled.refused.message}`, "recipients");
}

/** A list may be so long. Characters. */
const LONGEST_LIST = 2 * 1024 * 1024;

/** @throws ApiError which names the line */
function readList(text: string): object[] {
  if (text.length > LONGEST_LIST) throw new ApiError(413, "recipients: are more than 2 MB", "recipients");
  try {
    return linesOfCsv(text).map(({ recipient, fields }) => ({ ...fields, recipient }));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new ApiError(400, `recipients: ${error.message}`, "recipients");
  }
}
