import { bundle } from "./ground/bundle.ts";
import { planOf } from "./plan.ts";
import { run } from "./world.ts";

const code = await bundle();
const from = Number(process.argv[2] ?? 1),
  to = Number(process.argv[3] ?? from);
const t = performance.now();
let events = 0;
for (let seed = from; seed <= to; seed++) {
  const a = performance.now();
  const o = await run(
    planOf(seed),
    code,
    process.argv[4] ? { log: (x) => process.stdout.write("    " + x + "\n") } : {},
  );
  events += o.events;
  console.log(
    seed,
    o.plan.shape,
    o.plan.actors.length,
    o.events,
    o.fingerprint.toString(16),
    (o.lasted / 3600000).toFixed(1) + "h",
    (performance.now() - a).toFixed(0) + "ms",
    o.breach ? `${o.breach.promise} ${o.breach.what}` : "",
    JSON.stringify(o.faults).length,
  );
  if (o.breach && process.argv[4]) {
    console.log(o.breach.story.join("\n"));
  }
}
console.log("total", performance.now() - t, events);
