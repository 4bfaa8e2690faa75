import { it } from "vitest";
import { useGateway } from "../../support/gateway.ts";
import { newDigits, openCampaign, sendText } from "./campaign.ts";
const gateway = useGateway();
it("x", async () => {
  const campaign = await openCampaign(gateway);
  const number = newDigits();
  console.log(await sendText(gateway, campaign, { number, network: "TELENOR-NO", value: "49", id: "x1" }));
  await gateway.advance(1).catch((e) => console.log(String(e)));
  console.log(JSON.stringify(await gateway.operator("GET", `/admin/v1/messages?account=${campaign.account}`), null, 1));
  console.log(JSON.stringify(await gateway.operator("GET", `/admin/v1/transactions?account=${campaign.account}`), null, 1));
  await gateway.advance(30).catch(() => 0);
  console.log(JSON.stringify(await gateway.timeline({ id: campaign.account } as never, "x1"), null, 1));
  console.log(gateway.log.slice(-25).join("\n"));
});
