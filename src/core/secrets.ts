/** Secrets in what is kept to be looked at: told by the name of the field they stand in, in whatever form that is. */

const NAME =
  "product_?token|token|e_?key|api_?key|x-api-?key|api-?key|authori[sz]ation|password|passwd|secret|pin_?code|pin|one_?time_?password|otp|code_?verifier";
/** The name may have a namespace, or more before it: `shopPassword`, `ns:TOKEN`. */
const FIELD = `(?:[\\w.-]*(?:token|password|secret|_key|ekey|apikey)|${NAME})`;
const MASK = "•••";

/** `"name": "value"`, or a number; one that was cut off goes on to the end. */
const IN_JSON = new RegExp(`("${FIELD}"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\[\\s\\S])*(?:"|\\\\?$)|-?\\d[\\d.eE+-]*)`, "gi");
const IN_FORM = new RegExp(`((?:^|[?&;\\n])${FIELD}=)[^&\\s"<]*`, "gi");
const IN_ELEMENT = new RegExp(
  `(<(?:[\\w-]+:)?${FIELD}(?:\\s[^<>]*)?>)(?:<!\\[CDATA\\[[\\s\\S]*?(?:\\]\\]>|$)|[^<]*)`,
  "gi",
);
const IN_ATTRIBUTE = new RegExp(`(\\s${FIELD}\\s*=\\s*)(?:"[^"]*(?:"|$)|'[^']*(?:'|$))`, "gi");

/** A code that a person was sent. Only where codes are what it is about: elsewhere the word stands for other things. */
const CODE_IN_JSON = /("(?:code|otp_?code)"\s*:\s*)(?:"[^"]*(?:"|$)|\d+)/gi;
const CODE_IN_FORM = /((?:^|[?&])code=)[^&\s]*/gi;

/** The text (a body, or an address) with a mask in place of each secret. @param about the address that it belongs to */
export function withoutSecrets(text: string, about = ""): string {
  const masked = text
    .replace(IN_JSON, `$1"${MASK}"`)
    .replace(IN_FORM, `$1${MASK}`)
    .replace(IN_ELEMENT, `$1${MASK}`)
    .replace(IN_ATTRIBUTE, `$1"${MASK}"`);
  if (!/otp|one-?time|pin-?code|verif/i.test(about)) return masked;
  return masked.replace(CODE_IN_JSON, `$1"${MASK}"`).replace(CODE_IN_FORM, `$1${MASK}`);
}
