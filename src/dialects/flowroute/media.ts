/** Pictures of an outbound message. We pass on their addresses and never fetch them, so their size is not known. */

/** By the ending of an address; for others the type is not known. */
const TYPES: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  bmp: "image/bmp",
  tif: "image/tiff",
  tiff: "image/tiff",
  mp3: "audio/mpeg",
  wav: "audio/wav",
  amr: "audio/amr",
  mp4: "video/mp4",
  mpeg: "video/mpeg",
  "3gp": "video/3gpp",
  mov: "video/quicktime",
  pdf: "application/pdf",
  vcf: "text/vcard",
  txt: "text/plain",
};

/** The last segment of its address. */
export function nameOf(url: string): string {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // an escape that is none
  }
}

export function typeOf(url: string): string | undefined {
  const [, ending = ""] = /\.(\w+)$/.exec(nameOf(url)) ?? [];
  return TYPES[ending.toLowerCase()];
}

/** The pictures of a record as `included` has them. Their addresses are the customer's own. */
export function toMedia(record: string, urls: readonly string[]) {
  return urls.map((url, index) => ({
    type: "media",
    id: `${record.slice("mdrN-".length)}-${index + 1}`,
    attributes: {
      file_name: nameOf(url),
      file_size: null,
      mime_type: typeOf(url) ?? "application/octet-stream",
      url,
    },
    links: { self: url },
  }));
}
