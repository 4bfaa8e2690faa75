/** Routes in the console: added, changed, removed; and which way a text would go. */

import { describe, expect, it } from "vitest";
import { hasBrowser } from "../../support/browser.ts";
import { looksRight, PHONE, type Tab, useConsole } from "../../support/console.ts";
import { useGateway } from "../../support/gateway.ts";

const AT = "/console/routes";

describe.skipIf(!hasBrowser)("the console's routes", () => {
  const gateway = useGateway();
  const console = useConsole(gateway);
  const press = ({ page }: Tab, name: string) => page.getByRole("button", { name, exact: true }).click();
  const says = ({ page }: Tab, text: string) => page.getByText(text).first().waitFor();
  const field = ({ page }: Tab, name: string) => page.locator(`[name="${name}"]`);
  const route = (id: string) => gateway.operator<Record<string, unknown>>("GET", `/admin/v1/routes/${id}`);
  const add = async (tab: Tab, id: string, prefix: string) => {
    await tab.go(AT);
    await field(tab, "id").fill(id);
    await field(tab, "prefix").fill(prefix);
    await field(tab, "carriers").fill("simulator");
    await press(tab, "Add route");
    await says(tab, "The route is saved.");
  };

  it("are added, changed and removed", async () => {
    await gateway.operator("PUT", "/admin/v1/carriers/other", {
      ...{ kind: "target365", settings: { baseUrl: "http://127.0.0.1:9" }, secrets: { apiKey: "key" } },
    });
    const tab = await console.enter("/console/setup");
    await tab.page.getByRole("link", { name: "Routes", exact: true }).click();
    await field(tab, "carriers").waitFor();
    await looksRight(tab, "routes");
    await add(tab, "norway", "47");
    expect(await route("norway")).toMatchObject({ account: "*", kind: "message", prefix: "47", strategy: "in-order" });
    await tab.page.getByRole("link", { name: "norway", exact: true }).click();
    await field(tab, "carriers").fill("simulator, other");
    await field(tab, "strategy").selectOption("weighted");
    await field(tab, "weights").fill("3 1");
    await field(tab, "reroutes").check();
    await looksRight(tab, "routes-one");
    await press(tab, "Save");
    await says(
      tab,
      "To simulator, other; shared out by weight (3 : 1); once more by the next where it was not delivered",
    );
    expect(await route("norway")).toMatchObject({ carriers: ["simulator", "other"], weights: [3, 1], reroutes: true });
    await tab.page.getByRole("link", { name: "norway", exact: true }).click();
    expect(await field(tab, "weights").inputValue()).toBe("3 1");
    await tab.page.getByRole("link", { name: "Remove it…" }).click();
    await press(tab, "Yes, remove it");
    await says(tab, "The route is removed.");
    expect(await tab.page.getByRole("link", { name: "norway", exact: true }).count()).toBe(0);
  });

  it("say beside the field what is wrong, and do not replace another by its name", async () => {
    const tab = await console.enter(AT);
    await add(tab, "sweden", "46");
    await field(tab, "id").fill("sweden");
    await field(tab, "prefix").fill("45");
    await press(tab, "Add route");
    await says(tab, "Another route has this name");
    expect(await route("sweden")).toMatchObject({ prefix: "46" });
    await field(tab, "id").fill("denmark");
    await field(tab, "prefix").fill("+45");
    await press(tab, "Add route");
    expect(await field(tab, "prefix").getAttribute("aria-invalid")).toBe("true");
    expect(await field(tab, "prefix").inputValue()).toBe("+45");
  });

  it("are explained: which one holds for a text, and who would be asked", async () => {
    const account = await gateway.account("Explained");
    const tab = await console.enter(AT, { viewport: PHONE, colorScheme: "dark" });
    await add(tab, "finland", "358");
    await looksRight(tab, "routes-phone-dark");
    await tab.page.getByRole("link", { name: "Which way would a text go?" }).click();
    await field(tab, "account").fill(account.id);
    await field(tab, "recipient").fill("+358401234567");
    await field(tab, "text").fill("Hei");
    await press(tab, "Explain");
    await says(tab, "By route");
    await says(tab, "1 part");
    await says(tab, "simulator:");
    await looksRight(tab, "routes-explained");
  });
});
