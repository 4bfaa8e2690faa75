/** Send in the console: a text, what becomes of it, and how a program would send it. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Script } from "node:vm";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { DEMO_API_KEY } from "../../../scripts/local-settings.ts";
import { root } from "../../../scripts/runtime.ts";
import { hasBrowser } from "../../support/browser.ts";
import { looksRight, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";

const run = promisify(execFile);

type Preview = { dialects: { dialect: string; calls: { by: string; code: string }[] }[] };

/** Whatever a shell, JSON, a form or HTML could take for something else. */
const NASTY = [
  `It's "quoted", $HOME and \`ls\` \\n \\ 100% !! #1 & <b>`,
  "two\nlines\n",
  "  spaces  around  ",
  "æøå ✓ 😀 жя",
  "@/etc/passwd",
  "'; rm -rf nothing; echo '",
];

describe.skipIf(!hasBrowser)("sending in the console", () => {
  const gateway = useGateway({ DEMO_API_KEY });
  const console = useConsole(gateway);
  let shop: TestAccount;
  beforeAll(async () => {
    await gateway.runtime.tick("@reboot");
    shop = await gateway.account("A shop");
  });

  const fill = async ({ page }: Tab, { to, text }: { to: string; text: string }) => {
    await page.getByLabel("To").fill(to);
    await page.getByLabel("Text").fill(text);
  };
  /** The lines for what is typed, once the page has them. */
  const lineOf = async (page: Page, id: string, text: string) => {
    const line = page.locator(`#${id}`);
    // It may be folded away.
    await line.filter({ hasText: text }).waitFor({ state: "attached" });
    return (await line.textContent()) ?? "";
  };

  it("shows how large a text is as it is typed, exactly as the server does", async () => {
    const [tab, plain] = [await console.enter("/console/send"), await console.enter("/console/send", NO_SCRIPT)];
    for (const text of [...NASTY, "", "a".repeat(161), "€".repeat(80), `${"x".repeat(66)}😀${"y".repeat(70)}`]) {
      await tab.page.getByLabel("Text").fill(text);
      await plain.page.getByLabel("Text").fill(text);
      await plain.page.getByRole("button", { name: "Check" }).click();
      expect(await tab.page.locator("#size").textContent()).toBe(await plain.page.locator("#size").textContent());
      expect(await plain.page.getByLabel("Text").inputValue()).toBe(text);
    }
  });

  it("marks what makes it UCS-2, and where it is cut", async () => {
    const tab = await console.enter("/console/send");
    await fill(tab, { to: "+4798079008", text: `Your parcel ${"is on its way ".repeat(6)}🚚 – see you!` });
    const { page } = tab;
    expect(await page.locator("#size .facts").textContent()).toMatch(/UCS-2.*code units.*Parts2/s);
    expect(await page.locator("#size .parts mark").allTextContents()).toEqual(["🚚", "–"]);
    expect(await page.locator("#size .parts li").count()).toBe(2);
    expect(await page.locator("#size-said").textContent()).toBe("2 parts, UCS-2");
    await page.locator("#made-target365").getByText("Replaced: – by -").waitFor();
    await looksRight(tab, "send");
  });

  it("shows what it costs where the wire tells, and where it would be refused", async () => {
    const tab = await console.enter("/console/send");
    await fill(tab, { to: "+14255550123", text: "a".repeat(2_000) });
    const { page } = tab;
    await page.locator("#size-flowroute").getByText("14 parts, GSM, $0.0600").waitFor();
    await page.getByText("CM.com", { exact: true }).click();
    await page.locator("#made-cm").getByText("It would be refused: it needs 14 parts; 8 are the most.").waitFor();
    await looksRight(tab, "send-refused-by-one");
  });

  it("sends, and says where it can be seen", async () => {
    const tab = await console.enter("/console/send");
    const { page } = tab;
    const to = newNumber();
    await page.getByLabel("Account").selectOption(shop.id);
    await expect.poll(() => page.getByLabel("From").inputValue(), { timeout: 20_000 }).toBe("Shop");
    await fill(tab, { to, text: NASTY.join("\n") });
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("Message queued.").waitFor();
    await looksRight(tab, "send-sent");
    expect(await gateway.handset(to, { wait: 10 })).toMatchObject([{ from: "Shop", text: NASTY.join("\n") }]);
    const { items } = await gateway.operator<{ items: { id: string; dialect: string }[] }>(
      "GET",
      `/admin/v1/messages?account=${shop.id}&limit=1`,
    );
    expect(items[0]?.dialect).toBe("stafett");
    expect(await page.getByRole("link", { name: "Follow this message" }).getAttribute("href")).toBe(
      `/console/messages/${items[0]?.id}`,
    );
    await page.getByRole("link", { name: `Open handset ${to}` }).click();
    await page.locator(".bubble.in").getByText("It's").waitFor();
  });

  it("sends later, if asked to", async () => {
    const tab = await console.enter("/console/send");
    const to = newNumber();
    await fill(tab, { to, text: "Good morning" });
    const tomorrow = new Date((await gateway.now()) + 86_400_000).toISOString().slice(0, 16);
    await tab.page.getByLabel("When").fill(tomorrow);
    await tab.page.getByRole("button", { name: "Send", exact: true }).click();
    await tab.page.getByText("Message scheduled").waitFor();
    expect(await gateway.handset(to)).toEqual([]);
    await gateway.advance(86_400);
    expect(await gateway.handset(to)).toMatchObject([{ text: "Good morning" }]);
  });

  it("sends once, however often the button is pressed; and again what was changed", async () => {
    const tab = await console.enter("/console/send", NO_SCRIPT);
    const to = newNumber();
    await fill(tab, { to, text: "Only once" });
    // The form is sent twice, as it is where the answer is slow and the button is pressed again.
    const form = await tab.page.evaluate<[string, string][]>("[...new FormData(document.querySelector('#send'))]");
    const post = (change: Record<string, string> = {}) =>
      tab.page.request.post(`${gateway.url}/console/send`, { form: { ...Object.fromEntries(form), ...change } });
    const [first, second] = [await post(), await post()];
    expect(second.url()).toBe(first.url());
    await post({ text: "Another" });
    await gateway.advance(0);
    expect((await gateway.handset(to)).map(({ text }) => text).sort()).toEqual(["Another", "Only once"]);
  });

  it.each([
    { wrong: "To", value: "98079008", says: /is not a phone number/ },
    { wrong: "From", value: "Somebody", says: /is not a sender of account demo/ },
  ])("says beside $wrong why it was not sent, and keeps what was typed", async ({ wrong, value, says }) => {
    const tab = await console.enter("/console/send", wrong === "To" ? { viewport: PHONE } : NO_SCRIPT);
    await fill(tab, { to: "+4798079008", text: "  Good\nmorning" });
    const field = tab.page.getByLabel(wrong);
    await field.fill(value);
    await tab.page.getByRole("button", { name: "Send", exact: true }).click();
    await tab.page.getByRole("alert").getByText("It was not sent.").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await tab.page.locator(`#${await field.getAttribute("aria-describedby")}`).textContent()).toMatch(says);
    expect(await field.inputValue()).toBe(value);
    expect(await tab.page.getByLabel("Text").inputValue()).toBe("  Good\nmorning");
    if (wrong === "To") await looksRight(tab, "send-mistake-phone");
  });

  it("copies a line", async () => {
    const tab = await console.enter("/console/send", { permissions: ["clipboard-read", "clipboard-write"] });
    await fill(tab, { to: "+4798079008", text: "copy 'me'" });
    const line = await lineOf(tab.page, "call-target365-curl", "copy");
    await tab.page.getByRole("button", { name: "Copy curl for Target365 / Strex" }).click();
    await tab.page.locator("#size-said").getByText("Copied").waitFor();
    expect(await tab.page.evaluate("navigator.clipboard.readText()")).toBe(line);
  });

  it("works without JavaScript, in the dark, on a phone", async () => {
    const tab = await console.enter("/console/send", { ...NO_SCRIPT, colorScheme: "dark", viewport: PHONE });
    await fill(tab, { to: "+4798079008", text: "“Hello” ✓" });
    await tab.page.getByRole("button", { name: "Check" }).click();
    expect(await tab.page.locator("#made-target365").textContent()).toContain('Replaced: ” by "');
    expect(await tab.page.locator("#call-cm-curl").textContent()).toContain("“Hello” ✓");
    await tab.page.getByRole("button", { name: "Send", exact: true }).click();
    await tab.page.getByText("Message queued.").waitFor();
  });

  it("looks right in the dark, on a phone", async () => {
    const tab = await console.enter("/console/send", { colorScheme: "dark", viewport: PHONE });
    await fill(tab, { to: "+4798079008", text: `Hei! ${"Pakken din er på vei. ".repeat(5)}✓` });
    await lineOf(tab.page, "call-target365-curl", "Pakken");
    await looksRight(tab, "send-dark-phone");
  });

  describe("shows lines that work as they stand", () => {
    const WAYS = [
      { dialect: "target365", sender: "Stafett", newPhone: newNumber },
      { dialect: "txtnation", sender: "Stafett", newPhone: newNumber },
      { dialect: "cm", sender: "Stafett", newPhone: newNumber },
      { dialect: "flowroute", sender: "+12065550100", newPhone: newAmerican },
    ];
    const callsOf = async (dialect: string, wanted: Record<string, string>) => {
      const { dialects } = await gateway.operator<Preview>("POST", "/admin/v1/preview", { account: "demo", ...wanted });
      return dialects.find((one) => one.dialect === dialect)?.calls ?? [];
    };
    const codeOf = async (dialect: string, by: string, wanted: Record<string, string>) =>
      (await callsOf(dialect, wanted)).find((call) => call.by === by)?.code ?? "";

    it.each(WAYS)("in a shell, for $dialect, whatever the text", async ({ dialect, sender, newPhone }) => {
      for (const [index, text] of NASTY.entries()) {
        const recipient = newPhone();
        // The secret as it is, and as the variable that stands for it.
        const known = index % 2 === 0 ? { secret: DEMO_API_KEY } : {};
        const line = await codeOf(dialect, "curl", { text, sender, recipient, url: gateway.url, ...known });
        expect(line.includes("$STAFETT_KEY")).toBe(index % 2 === 1);
        await run("sh", ["-euc", line], { env: { ...process.env, STAFETT_KEY: DEMO_API_KEY } });
        expect(await gateway.handset(recipient, { wait: 10 })).toMatchObject([{ text }]);
      }
    });

    it("on the page, as the demo account has them", async () => {
      const tab = await console.enter("/console/send");
      const to = newNumber();
      const text = `${NASTY[0]} zebra`;
      await fill(tab, { to, text });
      for (const dialect of ["target365", "txtnation", "cm"]) {
        await run("sh", ["-euc", await lineOf(tab.page, `call-${dialect}-curl`, "zebra")]);
      }
      await gateway.advance(0);
      expect((await gateway.handset(to)).map((one) => one.text)).toEqual([text, text, text]);
    });

    it.each(["txtnation", "cm"])("in Node, for %s", async (dialect) => {
      for (const text of NASTY) {
        const recipient = newNumber();
        const code = await codeOf(dialect, "Node", { text, sender: "Stafett", recipient, url: gateway.url });
        await run(process.execPath, ["--input-type=commonjs", "-e", code], {
          cwd: root,
          env: { ...process.env, STAFETT_KEY: DEMO_API_KEY },
        });
        expect(await gateway.handset(recipient, { wait: 10 })).toMatchObject([{ text }]);
      }
    });

    it.each(WAYS)("and parse as JavaScript, for $dialect", async ({ dialect, sender }) => {
      for (const text of NASTY) {
        const code = await codeOf(dialect, "Node", { text, sender, recipient: "+4798079008" });
        expect(() => new Script(code)).not.toThrow();
      }
    });
  });
});

const NO_SCRIPT = { javaScriptEnabled: false };

let americans = 0;

function newAmerican(): string {
  return `+1425555${String(++americans).padStart(4, "0")}`;
}
