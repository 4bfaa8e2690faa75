/** Members of the wire: nothing is kept or answered with null, since half of the SDKs break on it. */

/** A list or an object, if there is anything in it. */
export function filled<T extends object>(value: T | undefined): T | undefined {
  return value && Object.keys(value).length > 0 ? value : undefined;
}
