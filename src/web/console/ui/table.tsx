/** Tables, as data: columns with a head and a way to draw a cell. */

import type { Child } from "hono/jsx";

type Column<Row> = {
  head: string;
  /** Of its head and its cells: `main` is the widest, `sum` and `when` are set as such, `wide` needs a wide window. */
  class?: string;
  /** Whether the cell names its row. */
  isName?: boolean;
  cell: (row: Row) => Child;
};

type Table<Row> = {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** The id of a row's element. */
  idOf?: (row: Row) => string;
  /** What the table is, for those who do not see it. */
  caption?: string;
  class?: string;
};

export function table<Row>({ columns, rows, idOf, caption, class: more = "" }: Table<Row>) {
  return (
    <table class={`list ${more}`.trim()}>
      {caption && <caption class="unseen">{caption}</caption>}
      <thead>
        <tr>
          {columns.map(({ head, class: kind }) => (
            <th scope="col" class={kind}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr id={idOf?.(row)}>
            {columns.map(({ class: kind, isName, cell }) =>
              isName ? <th scope="row">{cell(row)}</th> : <td class={kind}>{cell(row)}</td>,
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
