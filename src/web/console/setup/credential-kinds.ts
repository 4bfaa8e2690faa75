/** The kinds of credential: whose client has them, what each consists of, and how a program shows it. */

import { type CredentialKind, SIGN_ALGOS } from "../../../core/accounts/account.ts";
import type { Field } from "../ui/form.tsx";

type Kind = {
  dialect: string;
  /** With its article. */
  title: string;
  /** What its name and its secret are to the client. */
  nameHint: string;
  secret?: { label: string; hint: string };
  more?: readonly Field[];
  /** How it is shown by who calls. */
  use: string;
};

const NEW_OR_KEPT = "Empty: a new one is made, and shown once. One that is given is kept, so clients go on working.";

export const CREDENTIALS = {
  "api-key": {
    dialect: "target365",
    title: "Target365 API key",
    nameHint: "For people to tell keys apart.",
    secret: { label: "API key", hint: NEW_OR_KEPT },
    use: "The client sends it with every request, as X-ApiKey.",
  },
  "public-key": {
    dialect: "target365",
    title: "Target365 public key",
    nameHint: "The key name that the client signs under.",
    more: [
      {
        name: "publicKey",
        label: "Public key",
        kind: "area",
        required: true,
        hint: "As PEM, or in base64 alone. The private half stays with the client.",
      },
      {
        name: "signAlgo",
        label: "Signs by",
        kind: "choice",
        options: [["", "told by the key"], ...SIGN_ALGOS.map((algo) => [algo, algo] as const)],
      },
    ],
    use: "The client signs every request with the private half.",
  },
  campaign: {
    dialect: "txtnation",
    title: "txtNation campaign",
    nameHint: "campaign_name of one-click, cc of the gateway. Nobody else’s.",
    secret: { label: "API key", hint: `api_key of one-click, ekey of the gateway. ${NEW_OR_KEPT}` },
    use: "The client sends the name as campaign_name or cc, and the key as api_key or ekey.",
  },
  "product-token": {
    dialect: "cm",
    title: "CM.com product token",
    nameHint: "For people to tell tokens apart.",
    secret: { label: "Product token", hint: `A GUID; of the first years, id:login:password. ${NEW_OR_KEPT}` },
    use: "The client sends it as productToken in the body, or as X-CM-PRODUCTTOKEN.",
  },
  "access-key": {
    dialect: "flowroute",
    title: "Flowroute access key",
    nameHint: "The access key itself. Nobody else’s.",
    secret: { label: "Secret key", hint: NEW_OR_KEPT },
    use: "The client sends both by basic authentication: the name, then the secret key.",
  },
} as const satisfies Record<CredentialKind, Kind>;

export function credentialKind(name: string): Kind | undefined {
  return Object.hasOwn(CREDENTIALS, name) ? CREDENTIALS[name as CredentialKind] : undefined;
}

/** What is asked for one of this kind. */
export function credentialFields({ nameHint, secret, more = [] }: Kind): readonly Field[] {
  return [
    {
      name: "name",
      label: "Name",
      hint: `${nameHint} Letters, digits, dots, dashes and underscores.`,
      required: true,
    },
    ...(secret ? [{ name: "secret", ...secret }] : []),
    ...more,
    { name: "notBefore", label: "From (UTC)", kind: "time", size: 22, hint: "Empty: at once." },
    { name: "expiresAt", label: "Until (UTC)", kind: "time", size: 22, hint: "Empty: until it is withdrawn." },
  ];
}
