/** A plot: drawn by a script where there is one, and always there as a table. */

export type Series = {
  name: string;
  /** One for each step; undefined where there is none to tell of. */
  values: readonly (number | undefined)[];
};

export type Plot = {
  id: string;
  title: string;
  /** The unit of the values, and how they were counted. */
  note: string;
  unit: string;
  /** When each step begins (ISO), and when the last ends. */
  at: readonly string[];
  until: string;
  /** An IANA name. */
  zone: string;
  series: readonly Series[];
  /** Where the axis ends; absent: at the greatest value. */
  most?: number;
  /** How many decimals the table has; 0 for what is counted. */
  decimals: number;
};

/** @param plot.series at most four: more lines would look alike */
export function plotOf({ id, title, note, unit, at, until, zone, series, most, decimals }: Plot) {
  const number = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 0, maximumFractionDigits: decimals });
  return (
    <figure
      class="plot"
      id={id}
      data-plot=""
      data-unit={unit}
      data-zone={zone}
      data-until={until}
      data-most={most}
      data-whole={decimals === 0 ? "" : undefined}
    >
      <figcaption>
        <strong>{title}</strong>
        <span class="hint">{note}</span>
        <ul class="keys">
          {series.map(({ name }, index) => (
            <li>
              <span class={`key nr-${index + 1}`} />
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="drawing" id={`${id}-drawing`} data-keep="" aria-hidden="true" />
      <details>
        <summary>{title} as a table</summary>
        <section class="scroll" tabindex={0} aria-label={`${title}, ${unit}`}>
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">From ({zone})</th>
                {series.map(({ name }) => (
                  <th scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {at.map((time, step) => (
                <tr>
                  <th scope="row">
                    <time datetime={time}>{clockTime(time, zone)}</time>
                  </th>
                  {series.map(({ values }) => {
                    const value = values[step];
                    return (
                      <td class="number">
                        {value === undefined ? "–" : <data value={String(value)}>{number.format(value)}</data>}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

function clockTime(at: string, zone: string): string {
  return new Date(at).toLocaleString("sv-SE", { timeZone: zone }).slice(0, 16);
}
