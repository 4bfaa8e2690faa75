/** Figures as tiles: a name, a value, and a line that explains it. */

type Tile = { name: string; value: string; more?: string; isBad?: boolean; href?: string };

export function tiles(all: readonly Tile[]) {
  return (
    <dl class="tiles">
      {all.map(({ name, value, more, isBad, href }) => (
        <div class={isBad ? "bad" : undefined}>
          <dt>{href ? <a href={href}>{name}</a> : name}</dt>
          <dd>{value}</dd>
          {more && <dd class="more">{more}</dd>}
        </div>
      ))}
    </dl>
  );
}
