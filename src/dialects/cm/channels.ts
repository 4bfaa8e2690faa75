/** The channels a message may go by. Guide, "Allowed channels". */

/**
 * Their names as we write them; undefined where all are allowed.
 * @throws MessageError 305 where one is unknown
 */
export function toChannels(_names: readonly string[] | undefined): readonly string[] | undefined {
  throw new Error("not yet");
}
