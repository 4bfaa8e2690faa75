/** The alert rules that are brought along: each names figures and labels that there are. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { metrics } from "../../src/admin/metrics.ts";
import { makeGateway } from "../../src/core/gateway.ts";
import type { Count } from "../../src/core/operator/counts.ts";
import { COUNTED } from "../../src/core/operator/counts.ts";
import { countStore } from "../../src/store/operator/counts.ts";
import { surroundings } from "../support/ports.ts";

const rules = readFileSync(new URL("../../docs/alerts.yml", import.meta.url), "utf8");
const named = [...new Set(rules.match(/stafett_\w+/g))];

describe("the alert rules", () => {
  let text = "";
  beforeAll(async () => {
    const { ports } = surroundings();
    text = metrics(await makeGateway(ports).operator.figures.now());
  });

  it.each(named)("%s is a figure", (name) => {
    expect(text).toContain(`# TYPE ${name} `);
  });

  it("are there for what an attacker does, and each tells what it means", () => {
    for (const name of Object.keys(COUNTED)) expect(named).toContain(`stafett_${name}_total`);
    expect(rules.match(/- alert: /g)?.length).toBe(rules.match(/summary: "[^"]+\."/g)?.length);
  });
});

describe("figures that only grow", () => {
  const one = (labels: Count["labels"], count: number): Count => ({ name: "auth_rejected", labels, count });

  it("are added up over all processes, and shown by their labels", async () => {
    const { ports, database } = surroundings();
    const store = countStore(database.d1);
    await store.add([one({ api: "cm" }, 2), one({ api: 'a"b\\c' }, 1)]);
    await store.add([one({ api: "cm" }, 3)]);
    const text = metrics(await makeGateway(ports).operator.figures.now());
    expect(text).toContain('stafett_auth_rejected_total{api="cm"} 5');
    expect(text).toContain('stafett_auth_rejected_total{api="a\\"b\\\\c"} 1');
  });
});
