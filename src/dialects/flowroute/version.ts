/** The dialect's name, the versions of its API, and the members of a request that a message keeps. */

export const NAME = "flowroute";

export const VERSIONS = ["v2", "v2.1", "v2.2"] as const;
export type Version = (typeof VERSIONS)[number];

/** The version of calls to an address. One without a form was set when v2 was the only version. */
export function versionOfForm(form = "v2"): Version {
  return form as Version; // no other can be set
}

/** The data that a message keeps for this dialect. Nanodollars are billionths of a dollar. */
export type Kept = {
  /** 0 for ASCII, 8 for everything else: the wire's own measure, not the GSM alphabet's. */
  encoding: 0 | 8;
  segments: number;
  isMms: boolean;
  mediaUrls?: readonly string[];
  /** For each segment; of a picture message, for the whole. */
  baseNanodollars: number;
  surchargeNanodollars: number;
  /** The form of its receipts. */
  reportForm?: Version;
};
