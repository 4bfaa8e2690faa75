/** Mechanics that the doors of every carrier share: reading bodies, and comparing secrets. */

export { isSameSecret } from "../core/kernel/same-secret.ts";
export { formPairs, parseJson, readBytes, readForm, readFormBody, toText } from "../doors/body.ts";
