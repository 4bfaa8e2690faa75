/** Calls of the reference, made from its page to this very gateway: a form for each operation, made when it is asked for. */

import type { OpenApi, Operation, Parameter } from "../../src/doors/openapi-document.ts";
import { sampleOf } from "../sample.ts";
import { element, field } from "./elements.ts";

/** The demo account's, which only a sandbox has. */
const DEMO_KEY = "stafett-demo-key";
/** Longer answers are cut. Characters. */
const LONGEST = 20_000;
/** Where the credentials are kept for other pages, until the tab is closed. */
const KEPT = { key: "stafett-api-key", token: "stafett-admin-token" } as const;

const documents = new Map<string, Promise<OpenApi>>();

type Found = { method: string; path: string; operation: Operation; document: OpenApi };

/** Adds its button to each operation of the page. */
export function tryIt(): void {
  for (const mark of document.querySelectorAll<HTMLElement>("[data-operation]")) {
    const figure = figureAfter(mark);
    if (!figure) continue;
    const button = element("button", { type: "button", textContent: "Try it" });
    button.setAttribute("aria-expanded", "false");
    figure.querySelector("figcaption")?.append(button);
    const failed = element("p", { className: "bad" });
    failed.setAttribute("role", "alert");
    let form: HTMLFormElement | undefined;
    button.addEventListener("click", async () => {
      if (!form) {
        const asked = await found(mark.dataset.api ?? "", mark.dataset.operation ?? "").catch(String);
        if (typeof asked === "string") {
          failed.textContent = `The description did not come (${asked}). Press the button again.`;
          return figure.after(failed);
        }
        failed.remove();
        form ??= formOf(asked);
        figure.after(form);
      } else form.hidden = !form.hidden;
      button.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) form.querySelector<HTMLElement>("input, textarea, button")?.focus();
    });
  }
}

function figureAfter(mark: Element): Element | undefined {
  let next = mark.nextElementSibling;
  while (next && !next.matches("figure.code, [data-operation]")) next = next.nextElementSibling;
  return next?.matches("figure.code") ? next : undefined;
}

async function found(api: string, id: string): Promise<Found> {
  const address = `/docs/api/${api}/openapi.json`;
  const loading = documents.get(address) ?? load(address);
  documents.set(address, loading);
  const whole = await loading;
  for (const [path, methods] of Object.entries(whole.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === id) return { method, path, operation, document: whole };
    }
  }
  throw new Error(`${id} is not in ${address}`);
}

/** A description that did not come is not kept: the next press asks for it again. */
async function load(address: string): Promise<OpenApi> {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return (await answer.json()) as OpenApi;
  } catch (error) {
    documents.delete(address);
    throw error;
  }
}

type Input = HTMLInputElement | HTMLTextAreaElement;

function formOf(asked: Found): HTMLFormElement {
  const { operation } = asked;
  const credential = credentialOf(asked);
  const parameters = (operation.parameters ?? []).filter(({ name }) => name !== credential?.inQuery);
  const inputs = parameters.map((one) => ({ one, input: parameterInput(one) }));
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content && element("textarea", { rows: 8, spellcheck: false, value: textOf(content, asked.document) });
  const send = element("button", { type: "submit", className: "go", textContent: "Send" });
  const answer = element("div", { className: "answer" });
  answer.setAttribute("role", "status");
  const form = element("form", { className: "try" }, [
    ...(credential ? [field(credential.label, credential.input, true)] : []),
    ...inputs.map(({ one, input }) => field(`${one.name} (${one.in})`, input, one.required ?? false)),
    ...(body ? [field(`Body, ${type}`, body, true)] : []),
    element("p", {}, [send, ` Sends it to ${location.origin}.`]),
    answer,
  ]);
  // The answer may be there between the two clicks of a double click: the second one, and a key held down, send nothing more.
  send.addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
  form.addEventListener(
    "keydown",
    (event) => event.repeat && event.key === "Enter" && !isText(event) && event.preventDefault(),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    credential?.keep();
    send.disabled = true;
    const values = inputs.map(({ one, input }) => ({ one, value: input.value.trim() }));
    answer.replaceChildren(
      ...(await sent(asked, values, credential, type && body ? { type, text: body.value } : undefined)),
    );
    send.disabled = false;
  });
  return form;
}

/** Whether lines are written there. */
function isText({ target }: Event): boolean {
  return target instanceof HTMLTextAreaElement;
}

function parameterInput(one: Parameter): HTMLInputElement {
  const example = one.example ?? one.schema?.example ?? (one.required ? one.schema?.default : undefined);
  // What is not required and has an example is left to whoever wants it.
  const value = one.required && example !== undefined && !String(example).startsWith("$") ? String(example) : "";
  return element("input", { type: "text", value, required: one.required ?? false, spellcheck: false });
}

type Credential = {
  label: string;
  input: Input;
  /** Its name, where it is a parameter. */
  inQuery?: string;
  headers(): Record<string, string>;
  keep(): void;
};

/** The first of those by which the operation may be called. */
function credentialOf({ operation, document: { components } }: Found): Credential | undefined {
  const name = Object.keys(operation.security?.[0] ?? {})[0];
  const scheme = name === undefined ? undefined : components.securitySchemes[name];
  if (!scheme) return undefined;
  const isOperators = scheme.scheme === "bearer";
  const kept = isOperators ? KEPT.token : KEPT.key;
  const value = sessionStorage.getItem(kept) ?? (isOperators ? "" : DEMO_KEY);
  const input = element("input", {
    type: isOperators ? "password" : "text",
    value,
    required: true,
    autocomplete: "off",
  });
  const isInQuery = scheme.type === "apiKey" && scheme.in === "query";
  return {
    label: isOperators ? "The operator's token" : `The account's key (${scheme.name ?? "HTTP Basic"})`,
    input,
    ...(isInQuery ? { inQuery: scheme.name ?? "" } : {}),
    headers: () => {
      if (isInQuery) return {};
      if (scheme.type === "apiKey") return { [scheme.name ?? ""]: input.value };
      if (isOperators) return { Authorization: `Bearer ${input.value}` };
      return { Authorization: `Basic ${btoa(`${scheme["x-demo-user"] ?? "user"}:${input.value}`)}` };
    },
    keep: () => sessionStorage.setItem(kept, input.value),
  };
}

function textOf(content: { schema?: unknown; example?: unknown }, whole: OpenApi): string {
  const body = content.example ?? sampleOf(content.schema, whole);
  return typeof body === "string" ? body.replaceAll("$API_KEY", DEMO_KEY) : JSON.stringify(body, null, 2);
}

type Value = { one: Parameter; value: string };

async function sent(
  { method, path }: Found,
  values: readonly Value[],
  credential: Credential | undefined,
  body: { type: string; text: string } | undefined,
): Promise<Node[]> {
  const given = values.filter(({ value }) => value !== "");
  const where = (place: string) => given.filter(({ one }) => one.in === place);
  const filled = where("path").reduce(
    (at, { one, value }) => at.replace(`{${one.name}}`, encodeURIComponent(value)),
    path,
  );
  const query = new URLSearchParams(where("query").map(({ one, value }) => [one.name, value]));
  if (credential?.inQuery) query.set(credential.inQuery, credential.input.value);
  const headers = {
    ...(body ? { "Content-Type": body.type } : {}),
    ...Object.fromEntries(where("header").map(({ one, value }) => [one.name, value])),
    ...credential?.headers(),
  };
  const began = performance.now();
  try {
    const answer = await fetch(filled + (query.size > 0 ? `?${query}` : ""), {
      ...{ method: method.toUpperCase(), headers, redirect: "manual", credentials: "omit" },
      ...(body ? { body: body.text } : {}),
    });
    const text = await answer.text();
    return told(answer, text, Math.round(performance.now() - began));
  } catch (error) {
    return [element("p", { className: "bad", textContent: `Nothing was answered: ${error}` })];
  }
}

function told(answer: Response, text: string, milliseconds: number): Node[] {
  const status = answer.type === "opaqueredirect" ? "a redirect, which a page may not read" : answer.status;
  const line = element("p", { className: answer.ok ? "good" : "bad" }, [
    element("strong", { textContent: String(status) }),
    ` ${answer.statusText} in ${milliseconds} ms`,
  ]);
  const shown = ["location", "content-type", "retry-after"].flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [`${name}: ${value}`];
  });
  const pre = element("pre", { tabIndex: 0, textContent: [...shown, "", readable(text)].join("\n").slice(0, LONGEST) });
  pre.setAttribute("aria-label", "The answer");
  return [line, pre];
}

function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
