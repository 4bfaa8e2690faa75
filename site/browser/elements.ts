/** Elements made by a script. */

/** An element with its properties and what is in it. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  inside: readonly (Node | string)[] = [],
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

let fields = 0;

/** A field with its label. */
export function field(label: string, input: HTMLElement, isRequired: boolean): HTMLElement {
  input.id = `field-${++fields}`;
  const name = element("label", { htmlFor: input.id, textContent: isRequired ? label : `${label}, optional` });
  return element("div", { className: "field" }, [name, input]);
}
