/** SMSCs that others wrote: the published `smpp` package, and Net::SMPP of Perl. Our bind knows nothing of who is there. */

import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it } from "vitest";
import { newNumber, type TestAccount, useGateway } from "../../support/gateway.ts";
import { type NpmSession, npmSmpp } from "../../support/npm-smpp.ts";

const gateway = useGateway();
let account: TestAccount;

beforeAll(async () => {
  account = await gateway.account();
});

/** All of the account's texts go to the SMSC at this port. */
async function bindTo(name: string, port: number): Promise<void> {
  await gateway.operator("PUT", `/admin/v1/carriers/${name}`, {
    kind: "smpp",
    settings: { host: "127.0.0.1", port, systemId: "stafett" },
    secrets: { password: "secret" },
  });
  const route = { account: account.id, kind: "message", prefix: "", carriers: [name] };
  await gateway.operator("PUT", `/admin/v1/routes/of-${account.id}`, route);
}
const becomes = (transactionId: string, wanted: string) =>
  expect.poll(async () => (await gateway.message(account, transactionId)).state, { timeout: 15_000 }).toBe(wanted);

describe("the smpp package of npm as an SMSC", () => {
  it("takes our texts, and settles them", async () => {
    const bound: NpmSession[] = [];
    let taken = 0;
    const server = npmSmpp.createServer((session) => {
      session.on("error", () => {});
      session.on("bind_transceiver", ((pdu: { response(): unknown }) => {
        bound.push(session);
        session.send(pdu.response());
      }) as never);
      session.on("enquire_link", ((pdu: { response(): unknown }) => session.send(pdu.response())) as never);
      session.on("unbind", ((pdu: { response(): unknown }) => session.send(pdu.response())) as never);
      session.on("submit_sm", ((pdu: {
        destination_addr: string;
        source_addr: string;
        response(given: unknown): unknown;
      }) => {
        const message_id = `npm-${++taken}`;
        session.send(pdu.response({ message_id }));
        const receipt = {
          source_addr: pdu.destination_addr,
          destination_addr: pdu.source_addr,
          esm_class: 4,
          short_message: `id:${message_id} stat:DELIVRD err:000`,
        };
        session.deliver_sm?.(receipt);
      }) as never);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await bindTo("npm", server.address().port);
    const id = await gateway.send(account, { content: "To npm" });
    await becomes(id, "delivered");
    for (const session of bound) session.destroy();
    server.close();
  });
});

/**
 * Takes one connection, tells a receipt of each part, refuses what goes to the number that ends in 0000, and writes back once. What it
 * hears it prints, a line each.
 */
const PERL = `
use strict;
use Net::SMPP;
$| = 1;
my $listening = Net::SMPP->new_listen("127.0.0.1", port => 0) or die "listen";
print "port ", $listening->sockport, "\\n";
my $smpp = $listening->accept() or die "accept";
my $taken = 0;
while (my $pdu = $smpp->read_pdu()) {
  my $cmd = $pdu->{cmd};
  if ($cmd == 0x09) {
    print "bind $pdu->{system_id} $pdu->{password} $pdu->{interface_version}\\n";
    $smpp->bind_transceiver_resp(seq => $pdu->{seq}, system_id => "perl", status => 0);
  } elsif ($cmd == 0x04) {
    my $refused = $pdu->{destination_addr} =~ /0000$/;
    my $id = $refused ? "" : "perl-" . ++$taken;
    print "submit $pdu->{source_addr} $pdu->{destination_addr} $pdu->{esm_class} $pdu->{data_coding} ",
      unpack("H*", $pdu->{short_message}), "\\n";
    $smpp->submit_sm_resp(seq => $pdu->{seq}, message_id => $id, status => $refused ? 0x0B : 0);
    next if $refused;
    my %back = (source_addr_ton => 1, source_addr_npi => 1, source_addr => $pdu->{destination_addr},
      destination_addr => $pdu->{source_addr}, async => 1);
    $smpp->deliver_sm(%back, esm_class => 4,
      short_message => "id:$id sub:001 dlvrd:001 submit date:2611291200 done date:2611291201 stat:DELIVRD err:000 text:");
    $smpp->deliver_sm(%back, short_message => "Perl heard you") if $taken == 1;
  } elsif ($cmd == 0x80000005) {
    print "heard $pdu->{status}\\n";
  } elsif ($cmd == 0x15) {
    $smpp->enquire_link_resp(seq => $pdu->{seq});
  } elsif ($cmd == 0x06) {
    $smpp->unbind_resp(seq => $pdu->{seq});
    last;
  } else {
    printf "unknown %x\\n", $cmd;
  }
}
`;

// A test that is skipped would look as if something were missing here: it is Debian's package, `libnet-smpp-perl`.
if (hasPerl() || process.env.CI) {
  describe("Net::SMPP of Perl as an SMSC", () => {
    it("takes our texts, short and long, settles them, refuses one, and writes back; we acknowledge all of it", {
      timeout: 60_000,
    }, async () => {
      const number = newNumber().replace("+4791", "+4758");
      const sender = `/admin/v1/accounts/${account.id}/senders/${encodeURIComponent(number)}`;
      await gateway.operator("PUT", sender, { kind: "long-number", country: "NO" });
      const perl = spawn("perl", ["-e", PERL], { stdio: ["ignore", "pipe", "pipe"] });
      const said: string[] = [];
      createInterface(perl.stdout).on("line", (line) => said.push(line));
      let complaints = "";
      perl.stderr.on("data", (chunk) => {
        complaints += chunk;
      });
      const saying = (what: RegExp, times = 1) =>
        expect.poll(() => said.filter((line) => what.test(line)).length, { timeout: 15_000 }).toBe(times);
      try {
        await saying(/^port /);
        await bindTo("perl", Number(said[0]?.slice("port ".length)));
        const [first, refused] = [newNumber(), newNumber().replace(/\d{4}$/, "0000")];
        const short = await gateway.send(account, { sender: number, recipient: first, content: "Hei på deg €" });
        await becomes(short, "delivered");
        await becomes(await gateway.send(account, { sender: number, content: "Ж".repeat(100) }), "delivered");
        const wrong = await gateway.send(account, { sender: number, recipient: refused });
        await becomes(wrong, "failed");
        expect(await gateway.message(account, wrong)).toMatchObject({ reason: "bad-number" });
        expect(said).toContain("bind stafett secret 52");
        const from = number.slice(1);
        expect(said).toContain(`submit ${from} ${first.slice(1)} 0 0 48656920700f20646567201b65`);
        expect(said.filter((line) => / 64 8 0(?:5|6)/.test(line))).toHaveLength(2);
        const { items } = await gateway.operator<{ items: Record<string, unknown>[] }>(
          "GET",
          `/admin/v1/inbound?account=${account.id}`,
        );
        expect(items).toMatchObject([{ text: "Perl heard you", carrier: "perl", sender: first, recipient: number }]);
        // Three receipts and a text.
        await saying(/^heard 0$/, 4);
        expect(said.filter((line) => line.startsWith("unknown"))).toEqual([]);
        await gateway.operator("DELETE", `/admin/v1/routes/of-${account.id}`);
        await gateway.operator("DELETE", "/admin/v1/carriers/perl");
      } finally {
        perl.kill();
      }
      expect(complaints).toBe("");
    });
  });
}

function hasPerl(): boolean {
  return spawnSync("perl", ["-MNet::SMPP", "-e", "1"], { stdio: "ignore" }).status === 0;
}
