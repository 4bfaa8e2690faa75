/** The second step of logging in, where the token that was given has passkeys. */

import type { LoggedInBy } from "../../core/operator/audit.ts";
import { PasskeyRefused } from "../../core/operator/passkeys.ts";
import type { Actor } from "../../core/operator/tokens.ts";
import { ApiError } from "./api.ts";
import { type C, formIn } from "./console-env.ts";
import { bare } from "./ui/layout.tsx";
import { passkeyForm } from "./ui/passkey-form.tsx";

/** Asks for a passkey: the token alone opens nothing. */
export async function askForPasskey(c: C, { id }: Actor): Promise<Response> {
  const passkeys = c.get("passkeys");
  if (!passkeys || id === "setting") return nowhere(c);
  const { options, kept } = await passkeys.ask(id);
  const to = c.req.query("to");
  return bare(
    c,
    { title: "Passkey", scripts: ["passkey"] },
    <>
      <h1>Stafett</h1>
      <p>This token has a passkey. Confirm that it is you.</p>
      {passkeyForm({
        action: `/console/login/passkey${to === undefined ? "" : `?to=${encodeURIComponent(to)}`}`,
        purpose: "get",
        options,
        kept,
        submit: "Use passkey",
      })}
      <p>
        <a href="/console/login">Back to the token</a>
      </p>
    </>,
  );
}

/** @throws PasskeyRefused */
export async function takePasskey(c: C): Promise<{ actor: Actor; passkeyId: string }> {
  const { answer = "", kept = "" } = await formIn(c).catch((error: unknown): Record<string, string> => {
    if (error instanceof ApiError) return {};
    throw error;
  });
  const passkeys = c.get("passkeys");
  if (!passkeys) throw new PasskeyRefused("no-host");
  return passkeys.use({ answer: parsed(answer), kept });
}

/** What the audit log says of it. */
export function refusedBy({ why, token }: PasskeyRefused): LoggedInBy {
  return { way: "passkey", why, ...(token === undefined ? {} : { token }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nowhere(c: C) {
  return bare(
    c,
    { title: "Passkey", status: 409 },
    <>
      <h1>Stafett</h1>
      <p role="alert">
        This token has a passkey, and browsers use none at an IP address. Open the console by its host name, or at
        localhost.
      </p>
    </>,
  );
}
