/** Mechanics that the doors of every carrier share: reading bodies, and comparing secrets. */

export { parseJson, readBytes, readForm, readFormBody, toText } from "../body.ts";
export { isSameSecret } from "../core/kernel/same-secret.ts";
