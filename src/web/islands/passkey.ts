/** Asks the browser for a passkey when a form that needs one is sent, and sends the form with the answer. */

const MISSING = "This browser cannot use passkeys here. They need https or localhost, and a browser of 2025 or newer.";

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form);
  });
}

async function send(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector("button");
  const answer = form.querySelector<HTMLInputElement>('[name="answer"]');
  if (button) button.disabled = true;
  say(form, "");
  try {
    if (answer) answer.value = JSON.stringify(await asked(form));
    form.submit();
  } catch (error) {
    say(form, error instanceof Error && error.name === "Missing" ? error.message : "No passkey was given. Try again.");
    if (button) button.disabled = false;
  }
}

/** @throws DOMException where the person declines, or none fits */
async function asked({ dataset }: HTMLFormElement): Promise<unknown> {
  if (!("PublicKeyCredential" in globalThis) || !("parseCreationOptionsFromJSON" in PublicKeyCredential)) {
    throw Object.assign(new Error(MISSING), { name: "Missing" });
  }
  const options = JSON.parse(dataset.options ?? "");
  const given =
    dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  if (!(given instanceof PublicKeyCredential)) throw new Error("no credential");
  return given.toJSON();
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector("[data-passkey-said]");
  if (place) place.textContent = words;
}
