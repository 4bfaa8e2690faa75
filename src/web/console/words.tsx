/** How the console writes times and states. */

/** A time for the eye, with the exact one for whoever wants it. */
export function ago(at: string) {
  return (
    <time datetime={at} title={at}>
      {at.slice(0, 10)} {at.slice(11, 19)}
    </time>
  );
}
