/** Masks secrets in kept requests and events. A secret is recognised by the name of its field, in any format. */

const NAME =
  "product_?token|token|e_?key|api_?key|x-api-?key|api-?key|authori[sz]ation|password|passwd|secret|pin_?code|pin|one_?time_?password|otp|code_?verifier";
/** The name may have a namespace, or more before it: `shopPassword`, `ns:TOKEN`. */
const FIELD = `(?:[\\w.-]*(?:token|password|secret|_key|ekey|apikey)|${NAME})`;
const MASK = "•••";

/** PHP's names have brackets: `api_key[]`, `login[password]`. */
const IS_SECRET = new RegExp(`(?:^|[[\\]])${FIELD}(?:$|[[\\]])`, "i");
/** Names may be written with escapes; they count as their readers would decode them. */
const ESCAPES = /%([\da-f]{2})|\\u00([\da-f]{2})/gi;

/** `"name": "value"`, or a number; one that was cut off goes on to the end. */
const IN_JSON = {
  name: /"((?:[\w.[\]-]|\\u00[\da-f]{2}){1,100})"\s*:\s*/gi,
  value: /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|-?\d[\d.eE+-]*|\[(?:[^\]"]|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$))*(?:\]|$)/y,
  mask: `"${MASK}"`,
};
/** `name=value`; also in an address that is a value itself, and so is written with escapes. */
const IN_FORM = {
  name: /(?:^|[?&;\n]|%3f|%26|\\u0026)((?:[\w.[\]-]|%(?:[4-7][\da-f]|2[de]|3\d)){1,100})(?:=|%3d)/gi,
  value: /(?:(?!%26|\\u0026)[^&\s"<])*/iy,
  mask: MASK,
};
/** A part of a form that is sent in parts: to the line with which the next begins. */
const IN_PART = new RegExp(
  `([\\s;]name="?${FIELD}(?:\\[[^\\]\\s]*\\])*"?[^\\r\\n]*\\r?\\n(?:[^\\r\\n]+\\r?\\n){0,10}\\r?\\n)[\\s\\S]*?(?=\\r?\\n--|$)`,
  "gi",
);
/** `https://user:password@host`. */
const IN_ADDRESS =
  /((?::|%3a)(?:\\?\/|%2f){2}(?:(?!%3a|%40|%2f)[^\s/?#:@"'<>\\]){0,200}(?::|%3a))(?:(?!%2f|%3f|%23)[^\s/?#"'<>\\]){0,300}(?=@|%40)/gi;
const IN_ELEMENT = new RegExp(
  `(<(?:[\\w-]+:)?${FIELD}(?:\\s[^<>]*)?>)(?:<!\\[CDATA\\[[\\s\\S]*?(?:\\]\\]>|$)|[^<]*)`,
  "gi",
);
const IN_ATTRIBUTE = new RegExp(`(\\s${FIELD}\\s*=\\s*)(?:"[^"]*(?:"|$)|'[^']*(?:'|$))`, "gi");

/** A code that was sent to a person. Only in requests about codes: elsewhere the word has other meanings. */
const CODE_IN_JSON = /("(?:code|otp_?code)"\s*:\s*)(?:"[^"]*(?:"|$)|\d+)/gi;
const CODE_IN_FORM = /((?:^|[?&])code=)[^&\s]*/gi;

/**
 * What stands in each text in which something is masked: the name of a secret, an address with a user, or an escape, which may be a part
 * of either. Most texts have none of it, and are passed by: the six searches cost twenty times as much.
 */
const MAY_HOLD_SECRETS = new RegExp(`${NAME}|_key|[@%\\\\]`, "i");

/** A code that was sent to a person is asked for at an address like this. */
const ABOUT_CODES = /otp|one-?time|pin-?code|verif/i;

/** The text (a body, or an address) with a mask in place of each secret. @param about the address that it belongs to */
export function withoutSecrets(text: string, about = ""): string {
  const isAboutCodes = ABOUT_CODES.test(about);
  if (!isAboutCodes && !MAY_HOLD_SECRETS.test(text)) return text;
  const masked = withMasks(withMasks(text, IN_JSON), IN_FORM)
    .replace(IN_PART, `$1${MASK}`)
    .replace(IN_ADDRESS, `$1${MASK}`)
    .replace(IN_ELEMENT, `$1${MASK}`)
    .replace(IN_ATTRIBUTE, `$1"${MASK}"`);
  if (!isAboutCodes) return masked;
  return masked.replace(CODE_IN_JSON, `$1"${MASK}"`).replace(CODE_IN_FORM, `$1${MASK}`);
}

/** A shorter value stands in a text by chance. Characters. */
const SHORTEST_KNOWN = 8;

/** The values that stand after the names of secrets, in JSON or a form: as they are written, and as they are read. */
export function secretsIn(text: string): string[] {
  const written = (form: Form) => valuesIn(text, form).map(({ begins, ends }) => text.slice(begins, ends));
  const values = [...written(IN_JSON).flatMap(textsIn), ...written(IN_FORM).flatMap((one) => [one, unescaped(one)])];
  return [...new Set(values)].filter((value) => value.length >= SHORTEST_KNOWN);
}

/** The texts in a piece of JSON; the piece itself where it has none, a number. */
function textsIn(json: string): string[] {
  const texts = json.match(/"(?:[^"\\]|\\[\s\S])*"/g);
  return texts ? texts.flatMap((text) => attempted(() => JSON.parse(text) as string)) : [json.replaceAll('"', "")];
}

function unescaped(value: string): string {
  return attempted(() => decodeURIComponent(value.replaceAll("+", " ")))[0] ?? value;
}

function attempted(make: () => string): string[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

/** The text with a mask in place of each of these values, however it is escaped: a refusal may have read one back. */
export function withoutValues(text: string, values: readonly string[]): string {
  const forms = values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  const longestFirst = [...new Set(forms)].sort((one, other) => other.length - one.length);
  return longestFirst.reduce((left, form) => left.replaceAll(form, MASK), text);
}

/** A mask in place of each value that stands after the name of a secret. */
function withMasks(text: string, form: Form): string {
  let shown = "";
  let from = 0;
  for (const { begins, ends } of valuesIn(text, form)) {
    shown += text.slice(from, begins) + form.mask;
    from = ends;
  }
  return shown + text.slice(from);
}

type Form = { name: RegExp; value: RegExp; mask: string };

/** Where each value stands that comes after the name of a secret. */
function valuesIn(text: string, { name, value }: Form): { begins: number; ends: number }[] {
  const found: { begins: number; ends: number }[] = [];
  for (const named of text.matchAll(name)) {
    const begins = named.index + named[0].length;
    if (named.index < (found.at(-1)?.ends ?? 0) || !IS_SECRET.test(plain(named[1] ?? ""))) continue;
    value.lastIndex = begins;
    if (value.test(text)) found.push({ begins, ends: value.lastIndex });
  }
  return found;
}

function plain(name: string): string {
  return name.replace(ESCAPES, (_, inForm, inJson) => String.fromCharCode(Number.parseInt(inForm ?? inJson, 16)));
}
