/** Addresses on the web that are stored: where a person is sent, and where one of our calls goes. One rule for all of them. */

/** What an address must be: for the refusal of one that is not. */
export const WEB_URL =
  "must be an absolute http or https URL like https://shop.example/done, without user, password or line breaks";

/** Placeholders in braces, which the parser escapes in a path. */
const ESCAPED_PLACEHOLDER = /%7B(\w+)%7D/gi;

/**
 * The address in the form that a header can carry: `https://Shop.example` becomes `https://shop.example/`. The store keeps it as
 * the customer wrote it, since customers compare it with their own.
 * Placeholders like `{TransactionId}` stay as they were written.
 * @returns undefined if it is not an absolute http(s) URL, has a user or password in it, or a control character
 */
export function webUrl(given: string): string | undefined {
  // The parser drops CR, LF and tabs without a word, and takes what is left.
  if (!/^https?:\/\//i.test(given) || /\p{Cc}/u.test(given)) return undefined;
  const url = URL.parse(given);
  if (!url) return undefined;
  if (url.username || url.password) return undefined;
  return url.href.replace(ESCAPED_PLACEHOLDER, (escaped, name) =>
    given.includes(`{${name}}`) ? `{${name}}` : escaped,
  );
}
