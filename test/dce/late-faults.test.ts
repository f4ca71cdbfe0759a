// The answer to a call that was given up comes while another interface is being bound.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { channelOf, RpcCancelled } from "lupine";
import { createDceClient } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { reply } from "../support/dce-connection.js";
import * as pdus from "../support/dce-pdus.js";
import { ping } from "../support/dce-ping.js";

const alterContextResponse = 15;
const empty = new Uint8Array(0);

test("the late fault of a call that was given up does not refuse the interface that is being bound", async (t) => {
  const listener = createServer().listen(0, "127.0.0.1");
  t.after(() => listener.close());
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  await using client = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${port}]`);
  const leave = new AbortController();
  const call = client.nothing({ signal: leave.signal });
  const [socket] = (await once(listener, "connection")) as [Socket];
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  /** The number of the next PDU, which must be of this type. */
  const received = async (type: number): Promise<number> => {
    const pdu = (await reply(socket)) ?? assert.fail("the client has closed the connection");
    assert.equal(pdu[2], type);
    return pdu.readUInt32LE(12);
  };
  socket.write(pdus.pdu(pdus.bindAck, pdus.acceptance(), { callId: await received(pdus.bind) }));
  const given = await received(pdus.request);
  leave.abort();
  await assert.rejects(call, RpcCancelled);
  assert.equal(await received(pdus.orphaned), given);
  const other = createDceClient(ping, channelOf(client));
  const pinged = other.ping();
  pinged.catch(() => undefined);
  const asked = await received(pdus.alterContext);
  const fault = pdus.pdu(pdus.fault, pdus.call(0, Buffer.alloc(8, 1)), { callId: given });
  socket.write(Buffer.concat([fault, pdus.pdu(alterContextResponse, pdus.acceptance(), { callId: asked })]));
  const callId = await Promise.race([received(pdus.request), pinged.then(() => assert.fail("it was not called"))]);
  socket.write(pdus.pdu(pdus.response, pdus.call(0, empty), { callId }));
  await pinged;
});
