import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { XdrWriter } from "../xdr/writer.js";
import { type Connection, MemoryNetwork, openConnection, openListener } from "./index.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);

test("every kind of address opens a listener and a connection to it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const network = new MemoryNetwork();
  const addresses = ["tcp://127.0.0.1:0", "tcp://[::1]:0", "udp://127.0.0.1:0", `unix:${folder}/s`, "memory:x"];
  for (const text of addresses) {
    const accept = (connection: Connection): void =>
      connection.open({ message: () => void connection.send(word, 2), drained() {}, closed() {} });
    const listener = await openListener(text, accept, { network, closeTimeout: 0 });
    const connection = await openConnection(listener.address, { network });
    await new Promise<void>((resolve) => {
      connection.open({ message: () => resolve(), drained() {}, closed() {} });
      connection.send(word, 1);
    });
    assert.equal(connection.info.netid, listener.netid, text);
    await connection.close();
    await listener.close();
  }
});

test("a host without a port, and memory without a network, are refused with advice", async () => {
  await assert.rejects(openConnection("localhost"), { code: "TRANSPORT_BAD_ADDRESS", message: /rpcbind/ });
  await assert.rejects(openConnection("memory:x"), { code: "TRANSPORT_BAD_ADDRESS", message: /MemoryNetwork/ });
});
