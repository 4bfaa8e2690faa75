/** The versions of this API, and what a message keeps of the one it was asked for in. */

export const VERSIONS = ["v2", "v2.1", "v2.2"] as const;
export type Version = (typeof VERSIONS)[number];

/** What a message of ours carries along for this dialect. Nanodollars are billionths of a dollar. */
export type Kept = {
  version: Version;
  /** 0 for ASCII, 8 for everything else: the wire's own measure, not the GSM alphabet's. */
  encoding: 0 | 8;
  segments: number;
  /** Of the Flowroute number it is sent from. */
  isTollFree: boolean;
  isMms: boolean;
  mediaUrls?: readonly string[];
  /** For each segment; of a picture message, for the whole. */
  baseNanodollars: number;
  surchargeNanodollars: number;
  /** In which form its receipts are told. */
  reportForm?: Version;
};
