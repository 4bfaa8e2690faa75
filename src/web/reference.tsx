/** The reference as a page to read: the OpenAPI document, drawn on the server, without a script or a third party. */

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { OpenApi, Operation } from "../doors/openapi.ts";
import { curlOf } from "./curl.ts";

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3a4048); --quiet: light-dark(#4a5260, #aab3c0);
  --card: light-dark(#f6f7f9, #1c2026); --accent: light-dark(#0b5394, #8ec5ff); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; overflow-wrap: anywhere; }
h1 { margin-bottom: 0; } h2 { border-bottom: 2px solid var(--line); margin-top: 3rem; }
a { color: var(--accent); } nav ul { columns: 16rem; padding-left: 1.2rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; background: var(--card); }
summary { cursor: pointer; padding: .6rem .8rem; } summary code { font-weight: 600; }
details > div { padding: 0 1rem 1rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; text-transform: uppercase; color: var(--accent); }
.quiet { color: var(--quiet); } code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid var(--line); border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
`;

/** The page loads nothing but its own parts. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function reference(document: OpenApi): Response {
  const sections = document.tags.map((tag) => ({
    ...tag,
    operations: Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation.tags?.includes(tag.name))
        .map(([method, operation]) => ({ path, method, operation })),
    ),
  }));
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Stafett reference</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <header>
          <h1>Stafett</h1>
          <p>
            {document.info.description} As a file: <a href="/openapi.json">OpenAPI 3.1</a>.
          </p>
          <p>
            The commands read the credentials from two variables: <code>API_KEY</code>, an account's key, which for the
            demo account of <code>npm start</code> is <code>stafett-demo-key</code>; and <code>ADMIN_TOKEN</code>, the
            operator's token, which <code>npm start</code> prints.
          </p>
        </header>
        <nav aria-label="Sections">
          <ul>
            {sections.map(({ name }) => (
              <li>
                <a href={`#${anchor(name)}`}>{name}</a>
              </li>
            ))}
          </ul>
        </nav>
        <main>
          {sections.map(({ name, description, operations }) => (
            <section aria-labelledby={anchor(name)}>
              <h2 id={anchor(name)}>{name}</h2>
              {description ? <p>{description}</p> : null}
              {operations.map((one) => (
                <Route {...one} document={document} />
              ))}
            </section>
          ))}
          <section aria-labelledby="shapes">
            <h2 id="shapes">Shapes</h2>
            {Object.entries(document.components.schemas).map(([name, schema]) => (
              <details id={`shape-${name}`}>
                <summary>
                  <code>{name}</code>
                </summary>
                <div>
                  <Json value={schema} />
                </div>
              </details>
            ))}
          </section>
        </main>
      </body>
    </html>
  );
  return new Response(`<!doctype html>${page}`, {
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY },
  });
}

function Route({
  path,
  method,
  operation,
  document,
}: {
  path: string;
  method: string;
  operation: Operation;
  document: OpenApi;
}) {
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  return (
    <details id={anchor(`${method} ${path}`)}>
      <summary>
        <span class="method">{method}</span> <code>{path}</code> <span class="quiet">{operation.summary ?? ""}</span>
      </summary>
      <div>
        {operation.description ? <p>{operation.description}</p> : null}
        <Part title="Try it">
          <pre tabindex={0}>{curlOf({ method, path, operation, document })}</pre>
        </Part>
        {operation.parameters && operation.parameters.length > 0 ? (
          <Part title="Parameters">
            <table>
              <tbody>
                {operation.parameters.map((one) => (
                  <tr>
                    <th scope="row">
                      <code>{one.name}</code>
                    </th>
                    <td>
                      in the {one.in}
                      {one.required ? ", required" : ""}
                    </td>
                    <td>{one.description ?? ""}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Part>
        ) : null}
        {body ? (
          <Part title="Body">
            <Json value={body} />
          </Part>
        ) : null}
        <Part title="Answers">
          <table>
            <tbody>
              {Object.entries(operation.responses).map(([status, answer]) => (
                <tr>
                  <th scope="row">{status}</th>
                  <td>{answer.description}</td>
                  <td>{shapeOf(answer)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Part>
      </div>
    </details>
  );
}

function Part({ title, children }: { title: string; children?: Child }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Json({ value }: { value: unknown }) {
  return <pre tabindex={0}>{JSON.stringify(value, null, 2)}</pre>;
}

function shapeOf(answer: Operation["responses"][string]) {
  const schema = Object.values(answer.content ?? {})[0]?.schema;
  const name = JSON.stringify(schema ?? "").match(/#\/components\/schemas\/(\w+)/)?.[1];
  return name ? <a href={`#shape-${name}`}>{name}</a> : null;
}

function anchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
