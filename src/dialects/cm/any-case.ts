/** Addresses as clients write them: `/v1.0/message` and `/V1.0/Message` are one. */

/** A route that is found in capitals and small letters alike; parameters and a final `*` stay as they are. */
export function anyCase(path: string): string {
  return path
    .split("/")
    .map((segment, index) => {
      const isFixed = /[a-z]/i.test(segment) && !segment.startsWith(":");
      return isFixed ? `:segment${index}{${inAnyCase(segment)}}` : segment;
    })
    .join("/");
}

function inAnyCase(segment: string): string {
  return segment
    .replace(/[.]/g, "\\$&")
    .replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
