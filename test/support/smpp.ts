/** A gateway that customers can bind to, for a test file. */

import { afterAll, beforeAll } from "vitest";
import { type Bridge, startBridge } from "../../scripts/smpp/bridge.ts";
import { type Bind, Esme } from "./esme.ts";
import { SMPP_BRIDGE_TOKEN, type TestGateway, useGateway } from "./gateway.ts";

export type Customer = { id: string; systemId: string; password: string };

export type SmppGateway = {
  gateway: TestGateway;
  /** Where customers bind. */
  readonly port: number;
  readonly bridge: Bridge;
  /** Opens an account with an SMPP credential. */
  customer(settings?: Record<string, unknown>): Promise<Customer>;
  /** A bound connection of a customer's, which is closed at the end of the file. */
  esme(customer: Customer, as?: Bind): Promise<Esme>;
  /** Cuts every connection, as a network that fails does. */
  cut(): Promise<void>;
  /** One that is not bound. */
  stranger(): Promise<Esme>;
};

let opened = 0;

export function useSmppGateway(
  settings: Record<string, string> = {},
  options: Parameters<typeof useGateway>[1] = {},
): SmppGateway {
  const gateway = useGateway({ SMPP_BRIDGE_TOKEN, ...settings }, options);
  const open: Esme[] = [];
  let bridge: Bridge | undefined;

  beforeAll(async () => {
    bridge = await startBridge({
      host: "127.0.0.1",
      port: 0,
      gateways: [gateway.url],
      token: SMPP_BRIDGE_TOKEN,
      say: () => {},
    });
  });
  afterAll(async () => {
    await Promise.all(open.map((esme) => esme.end()));
    await bridge?.drain();
  });

  const started = () => {
    if (!bridge) throw new Error("the bridge is started before the first test, not before that");
    return bridge;
  };
  return {
    gateway,
    get port() {
      return started().port;
    },
    get bridge() {
      return started();
    },
    async customer(smpp) {
      const { id } = await gateway.account();
      const systemId = `esme${++opened}`;
      const { secret } = await gateway.operator<{ secret: string }>("POST", `/admin/v1/accounts/${id}/credentials`, {
        dialect: "cm",
        kind: "smpp",
        name: systemId,
      });
      if (smpp) await gateway.operator("PATCH", `/admin/v1/accounts/${id}`, { settings: { smpp } });
      return { id, systemId, password: secret };
    },
    async esme({ systemId, password }, as) {
      const esme = await Esme.bound(started().port, systemId, password, as);
      open.push(esme);
      return esme;
    },
    async cut() {
      started().cut();
    },
    async stranger() {
      const esme = await Esme.open(started().port);
      open.push(esme);
      return esme;
    },
  };
}
