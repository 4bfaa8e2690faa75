/** Programs that customers have, bound to us: the published `smpp` package, and Net::SMPP of Perl. Kannel has a file of its own. */

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { newNumber } from "../support/gateway.ts";
import { asking, type NpmPdu, type NpmSession, npmSmpp } from "../support/npm-smpp.ts";
import { type Customer, useSmppGateway } from "../support/smpp.ts";

const smpp = useSmppGateway();

describe("the smpp package of npm", () => {
  it("binds, sends texts of every alphabet and length, and has a receipt for each", async () => {
    const customer = await smpp.customer();
    const receipts: Record<string, unknown>[] = [];
    const session = await connected(customer, (told) => receipts.push(told));
    const texts = ["Hello", "€uro and ^{}", "ç is Latin-1", "Жук", "😀 and more"];
    const numbers = texts.map(() => newNumber());
    const ids = await Promise.all(
      texts.map(async (short_message, index) => {
        const options = {
          source_addr: "Shop",
          destination_addr: numbers[index]?.slice(1),
          short_message,
          registered_delivery: 1,
        };
        return (await asking(session, "submit_sm", options)).message_id;
      }),
    );
    const arrived = await Promise.all(numbers.map((number) => smpp.gateway.handset(number, { wait: 10 })));
    expect(arrived.map(([one]) => one?.text)).toEqual(texts);
    await expect.poll(() => receipts.map((one) => one.receipted_message_id).toSorted()).toEqual(ids.toSorted());
    expect(receipts.every((one) => one.message_state === 2)).toBe(true);
    expect((await asking(session, "unbind")).command_status).toBe(0);
    session.destroy();
  });

  it("schedules with a date of its own, asks, and cancels", async () => {
    const session = await connected(await smpp.customer(), () => {});
    const at = new Date((await smpp.gateway.now()) + 3_600_000);
    const options = { source_addr: "Shop", destination_addr: newNumber().slice(1), short_message: "Later" };
    const { message_id } = await asking(session, "submit_sm", { ...options, schedule_delivery_time: at });
    expect(await asking(session, "query_sm", { message_id, source_addr: "Shop" })).toMatchObject({
      command_status: 0,
      message_state: 1,
    });
    expect((await asking(session, "cancel_sm", { message_id, source_addr: "Shop" })).command_status).toBe(0);
    session.destroy();
  });

  async function connected({ systemId, password }: Customer, tell: (told: NpmPdu) => void): Promise<NpmSession> {
    const session = npmSmpp.connect({ url: `smpp://127.0.0.1:${smpp.port}` });
    session.on("error", (error: Error) => expect.unreachable(error.message));
    session.on("deliver_sm", (told: NpmPdu & { response(): unknown }) => {
      tell(told);
      session.send(told.response());
    });
    await new Promise<void>((resolve) => session.on("connect", resolve as () => void));
    const answer = await asking(session, "bind_transceiver", { system_id: systemId, password });
    expect(answer.command_status).toBe(0);
    return session;
  }
});

describe("Stafett itself", () => {
  it("binds to Stafett: texts of one account leave as those of another's, and receipts and answers come back", async () => {
    const { gateway } = smpp;
    const [account, customer] = [await gateway.account(), await smpp.customer()];
    await gateway.operator("PUT", "/admin/v1/carriers/loop", {
      kind: "smpp",
      settings: {
        host: "127.0.0.1",
        port: smpp.port,
        systemId: customer.systemId,
        window: 50,
        bindType: "pair",
        binds: 2,
      },
      secrets: { password: customer.password },
    });
    const route = { account: account.id, kind: "message", prefix: "", carriers: ["loop"] };
    await gateway.operator("PUT", "/admin/v1/routes/loop", route);
    const numbers = Array.from({ length: 30 }, () => newNumber());
    const text = (index: number) => `Text ${index} ${"€".repeat(index * 5)}`;
    const ids = await Promise.all(
      numbers.map((recipient, index) => gateway.send(account, { recipient, content: text(index) })),
    );
    const arrived = await Promise.all(numbers.map((number) => gateway.handset(number, { wait: 20 })));
    expect(arrived.map((some) => some.map((one) => one.text))).toEqual(numbers.map((_, index) => [text(index)]));
    for (const id of ids) {
      await expect.poll(async () => (await gateway.message(account, id)).state, { timeout: 20_000 }).toBe("delivered");
    }
    // The network's own number is the customer's: what a person writes there goes through his session to the account.
    const number = newNumber().replace("+4791", "+4756");
    const path = (id: string) => `/admin/v1/accounts/${id}/senders/${encodeURIComponent(number)}`;
    await gateway.operator("PUT", path(customer.id), { kind: "long-number", country: "NO" });
    await gateway.operator("PUT", `/admin/v1/accounts/${customer.id}/callbacks/cm`, {
      messageUrl: `smpp://${customer.systemId}`,
    });
    const person = newNumber();
    const words = { to: number, text: "An answer" };
    await gateway.operator("POST", `/sandbox/v1/handsets/${encodeURIComponent(person)}/messages`, words);
    const inbounds = async () =>
      (await gateway.operator<{ items: Record<string, unknown>[] }>("GET", "/admin/v1/inbound?limit=10")).items;
    await expect
      .poll(async () => (await inbounds()).filter((one) => one.carrier === "loop").map((one) => one.text), {
        timeout: 20_000,
      })
      .toContain("An answer");
    // Here both ends are one gateway, whose number it is again: without this it would go round for ever.
    await gateway.operator("DELETE", `/admin/v1/accounts/${customer.id}/callbacks/cm`);
  });
});

/** Asks for a text to be sent, and prints its id and the receipt's; it takes a deliver_sm only while it does not wait for an answer. */
const PERL = `
use strict;
use Net::SMPP;
my ($port, $id, $password, @numbers) = @ARGV;
my $smpp = Net::SMPP->new_transceiver("127.0.0.1", port => $port, system_id => $id, password => $password) or die "bind";
die "bound with $smpp" unless ref $smpp;
for my $number (@numbers) {
  my $answer = $smpp->submit_sm(source_addr => "Shop", destination_addr => $number, registered_delivery => 1,
    short_message => "From Perl") or die "submit";
  die "status $answer->{status}" if $answer->{status};
  print "sent $answer->{message_id}\n";
}
for (@numbers) {
  my $told = $smpp->read_pdu() or die "read";
  redo if $told->{cmd} == 0x15 && $smpp->enquire_link_resp(seq => $told->{seq});
  die "told $told->{cmd}" unless $told->{cmd} == 5;
  $smpp->deliver_sm_resp(seq => $told->{seq}, message_id => "");
  print "told ", $told->{short_message} =~ /^id:(\\w+) .*stat:DELIVRD/, "\n";
}
$smpp->unbind();
`;

// A test that is skipped would look as if something were missing here: it is Debian's package, `libnet-smpp-perl`.
if (hasPerl() || process.env.CI) {
  describe("Net::SMPP of Perl", () => {
    it("is installed: apt-get install libnet-smpp-perl", () => expect(hasPerl()).toBe(true));

    it("binds, sends, and has a receipt for each text; what came while it waited for an answer comes again", {
      timeout: 120_000,
    }, async () => {
      const { systemId, password } = await smpp.customer();
      const numbers = [newNumber(), newNumber()];
      const given = [String(smpp.port), systemId, password, ...numbers.map((number) => number.slice(1))];
      const { stdout } = await promisify(execFile)("perl", ["-e", PERL, ...given]);
      const words = (what: string) => [...stdout.matchAll(new RegExp(`^${what} (\\w+)$`, "gm"))].map(([, id]) => id);
      expect(words("told").toSorted()).toEqual(words("sent").toSorted());
      expect(words("sent")).toHaveLength(2);
      for (const number of numbers) {
        expect((await smpp.gateway.handset(number, { wait: 10 })).map(({ text }) => text)).toEqual(["From Perl"]);
      }
    });
  });
}

function hasPerl(): boolean {
  return spawnSync("perl", ["-MNet::SMPP", "-e", "1"], { stdio: "ignore" }).status === 0;
}
