/** Whether a webhook's signature is valid for what its receiver saw; where it is not, what differs. */

import { withoutSecrets } from "../../../core/kernel/secrets.ts";
import type { Answer, ApiError } from "../api.ts";
import { type Field, form, type Typed } from "../ui/form.tsx";
import { exact } from "./story.tsx";

type Checked = Answer<"POST /admin/v1/webhooks/{id}/check-signature">;
type Finding = Checked["findings"][number];

const BODY: Field = { name: "body", label: "Raw body", kind: "area" };

/** What is asked: of a call as a dialect signs it, and of one to an account's own endpoint. */
const FIELDS = {
  dialect: [
    { name: "url", label: "URL, as your server sees it" },
    { name: "signature", label: "Signature header" },
    BODY,
  ],
  standard: [
    { name: "id", label: "webhook-id header" },
    { name: "timestamp", label: "webhook-timestamp header" },
    { name: "signature", label: "webhook-signature header" },
    { name: "secret", label: "Secret that your server verifies with (whsec_…)" },
    BODY,
  ],
} satisfies Record<string, readonly Field[]>;

/** `seen` is what was typed, by the API's names. A secret is not among what is shown again. */
export type Check = { seen?: Typed; done?: Checked; refused?: ApiError };

/** @param here the page of the webhook @param by how it is signed */
export function signatureCheck(here: string, { seen = {}, done, refused }: Check, by: keyof typeof FIELDS = "dialect") {
  return (
    <details id="check" open={done !== undefined || refused !== undefined}>
      <summary>Check the signature</summary>
      {done && result(done)}
      <p class="hint">
        Paste what your server received; leave a field empty to use what was sent. Stafett then verifies it as your
        server would, and tells you which part does not match.
      </p>
      {form({
        action: `${here}/check#check`,
        groups: [{ fields: FIELDS[by] }],
        typed: { ...seen, secret: "" },
        refused,
        submit: "Check",
      })}
    </details>
  );
}

function result({ isValid, header, text, findings }: Checked) {
  const signed = withoutSecrets(text ?? "");
  return (
    <div class={isValid ? "notice" : "notice bad"} role={isValid ? "status" : "alert"}>
      {findings.map((one) => (
        <p>{inWords(one, header)}</p>
      ))}
      {text !== undefined && (
        <>
          <p class="hint">
            The text that the signature must cover, for these values{signed !== text && ", with secrets masked here"}:
          </p>
          <pre class="box" tabindex={0}>
            {signed}
          </pre>
        </>
      )}
    </div>
  );
}

const STANDARD_HEADER = "webhook-signature";

const SECRETS = {
  now: "Yours is the current secret; this call was signed with the one before.",
  before: "Yours is from before the last rotation: this call was signed with the new one. Replace yours.",
  nothing: "Yours is not of this endpoint: each has its own, and a new one after each rotation.",
} as const;

function inWords(finding: Finding, header: string | undefined) {
  const { keyName } = finding;
  const [ours, yours] = [finding.ours, finding.yours].map((one = "") => withoutSecrets(one));
  switch (finding.found) {
    case "valid":
      return (
        <>
          <strong>Valid.</strong> Signed with key <code>{keyName}</code> {finding.signedAt && exact(finding.signedAt)}.
          {finding.isOld &&
            " That was more than five minutes ago: a receiver that checks the timestamp rejects it now."}
        </>
      );
    case "not-signed":
      return (
        <>
          Calls in the form of <code>{finding.format}</code> are not signed, so there is no signature to check. Put a
          secret in the address, or for an endpoint in one of its headers, and let your server look for it.
        </>
      );
    case "endpoint-removed":
      return "The endpoint that this webhook was for is removed, and its secret with it: there is nothing to check by.";
    case "never-sent":
      return (
        <>
          No attempt with a <code>{header}</code> header is stored. Paste the header that your server received.
        </>
      );
    case "malformed":
      return (
        <>
          The value is not a <code>{header}</code> header:{" "}
          {header === STANDARD_HEADER
            ? "it has signatures like v1,… with spaces between them, in base64."
            : "its parts, separated by colons, are missing or are not base64."}{" "}
          Was it cut off, or decoded?
        </>
      );
    case "unknown-key":
      return (
        <>
          No key is named <code>{keyName}</code>. Does the header come from another gateway, or from before a sandbox
          reset?
        </>
      );
    case "url-differs":
      return (
        <>
          <strong>The URL differs.</strong> Signed: <code>{ours}</code>. Your server used: <code>{yours}</code>. Behind
          a proxy, verify with the public URL, including its scheme and port.
        </>
      );
    case "body-differs":
      return (
        <>
          <strong>The body differs</strong> from character {(finding.at ?? 0) + 1}. Sent: <code>{ours}</code>. Yours:{" "}
          <code>{yours}</code>.
          {finding.isSameJson &&
            " It is the same JSON, formatted differently: verify the raw bytes, before your framework parses them."}
        </>
      );
    case "id-differs":
      return (
        <>
          <strong>The id differs.</strong> Signed: <code>{ours}</code>. Yours: <code>{yours}</code>. Verify with the
          header <code>webhook-id</code> of the same request.
        </>
      );
    case "timestamp-differs":
      return (
        <>
          <strong>The timestamp differs.</strong> Signed: <code>{ours}</code>. Yours: <code>{yours}</code>. Verify with
          the header <code>webhook-timestamp</code> of the same request, in seconds, as it came.
        </>
      );
    case "secret-malformed":
      return (
        <>
          <strong>The secret is malformed.</strong> It begins with <code>whsec_</code>, and base64 follows: give your
          library all of it, without quotes or spaces. A <code>whpk_</code> is the public key, for <code>v1a</code>{" "}
          alone.
        </>
      );
    case "secret-differs":
      return (
        <>
          <strong>The secret differs.</strong> {SECRETS[finding.isOf ?? "nothing"]}
        </>
      );
    case "nothing-fits":
      return "The signature belongs to another call: it matches neither what you pasted nor what was sent here.";
  }
}
