// Durable mailboxes on a cluster of three nats-servers, whose leader for the mailbox is killed while messages are sent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Mailbox, openMailbox } from "lupine/messaging";
import { unsignedInt } from "lupine/xdr";
import { type NatsCluster, startNatsCluster } from "../directory-engines/nats-cluster.js";
import { natsServerMissing } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";

const type = unsignedInt;

peerSuite(natsServerMissing(), () => {
  let cluster: NatsCluster;
  before(async () => {
    cluster = await startNatsCluster(3);
  });
  after(() => cluster[Symbol.asyncDispose]());

  const named = (subject: string): string => `${cluster.url}/${subject}?replicas=3`;

  test("each sender's messages are kept in order although the leader of the stream is killed twice", async (t) => {
    const count = 3_000;
    const onError = (): void => {};
    const server: Mailbox<number> = await openMailbox(named("kept"), { type, durable: true, onError });
    const senders = await Promise.all([1, 2].map((number) => openMailbox(named(`sender-${number}`), { type })));
    t.after(() => Promise.all([server, ...senders].map((one) => one.close())));
    const sending = senders.flatMap((sender) =>
      Array.from({ length: count }, (_, i) => sender.send(i, server.name, { timeout: 600_000 })),
    );
    const last = new Map(senders.map(({ name }) => [name, -1]));
    let handled = 0;
    let again = 0;
    for await (const { from, message } of server) {
      if (++handled === count / 3 || handled === count) {
        const leader = await cluster.leader("MAIL_kept");
        await leader.kill();
        await leader.begin();
      }
      const expected = (last.get(from) as number) + 1;
      // JetStream forgets the ids of messages that were handled when it starts again.
      if (message < expected) again++;
      else {
        assert.equal(message, expected, `${from}: ${message} came before ${expected}`);
        last.set(from, message);
      }
      if ([...last.values()].every((number) => number === count - 1)) break;
    }
    await Promise.all(sending);
    t.diagnostic(`${handled} handled, ${again} of them again`);
  });

  test("of processes that open a durable name at the same moment over different servers, one gets it", async () => {
    for (let round = 0; round < 5; round++) {
      const hosts = cluster.url.replace("nats://", "").split(",");
      const opening = hosts.map((host) =>
        openMailbox(`nats://${host}/one-${round}?replicas=3`, { type, durable: true, onError: () => {} }),
      );
      const opened = await Promise.allSettled(opening);
      const owners = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      assert.equal(
        owners.length,
        1,
        opened.map((one) => (one.status === "rejected" ? String(one.reason) : "")).join("\n"),
      );
      for (const owner of owners) await owner.close();
    }
  });
});
