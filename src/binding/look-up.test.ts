// Binders as they are found in the field: each row misbehaves in its own way in the versions that it does not speak.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClientWith } from "../client/index.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { startRpcbind } from "./everyday.js";
import {
  type Answer,
  denial,
  type FakeBinderOptions,
  fakeBinder,
  type Question,
  refusal,
  success,
  text,
  words,
} from "./fake-binder.test-support.js";
import { rpcbindLocator } from "./locate.js";

const { signal } = new AbortController();
const transports = ["tcp", "udp"] as const;
const found = (kind: "tcp" | "udp") => ({ kind, host: "127.0.0.1", port: 2049 });

/** Version 2 as it should be: the port of ADD_PROG is 2049. */
function portmapper({ xid, procedure, args }: Question): Answer {
  if (procedure === 3) return success(xid, words(args[0] === adder.number ? 2049 : 0));
  return procedure === 0 ? success(xid) : refusal(xid, 3);
}

function locate(port: number, transport: "tcp" | "udp", change: object = {}) {
  const locator = rpcbindLocator({ port, socket: "/nonexistent/rpcbind.sock", fallbackPort: 9, timeout: 30_000 });
  return locator({ host: "127.0.0.1", program: adder, transport, signal, ...change });
}

/** An entry of the list of versions 3 and 4, over TCP and UDP. */
const listed = (address: string): Buffer =>
  Buffer.concat(
    transports.map((netid, i) => {
      const key = words(...(i > 0 ? [1] : []), adder.number, adder.version);
      return Buffer.concat([key, text(netid), text(address), text("0")]);
    }),
  );

const others: Record<string, (question: Question) => Answer> = {
  "PROG_MISMATCH with its versions": ({ xid }) => refusal(xid, 2, 2, 2),
  "PROG_MISMATCH without its versions": ({ xid }) => refusal(xid, 2),
  PROC_UNAVAIL: ({ xid }) => refusal(xid, 3),
  "PROC_UNAVAIL with bytes behind it": ({ xid }) => refusal(xid, 3, 0),
  PROG_UNAVAIL: ({ xid }) => refusal(xid, 1),
  GARBAGE_ARGS: ({ xid }) => refusal(xid, 4),
  SYSTEM_ERR: ({ xid }) => refusal(xid, 5),
  "RPC_MISMATCH of the versions that we speak": ({ xid }) => denial(xid, 0, 2, 2),
  "AUTH_ERROR, AUTH_TOOWEAK": ({ xid }) => denial(xid, 1, 5),
  "an accept status that no RFC has": ({ xid }) => refusal(xid, 77),
  "the four bytes of version 2, whatever was asked": ({ xid, procedure }) =>
    procedure === 3 ? success(xid, words(2049)) : refusal(xid, 3, 0),
  "zero, whatever was asked": ({ xid }) => success(xid, words(0)),
  "an address that is none": ({ xid }) => success(xid, text("nonsense")),
  "an address with port 0": ({ xid }) => success(xid, text("127.0.0.1.0.0")),
  "a list that has the program at port 0": ({ xid, procedure }) =>
    success(xid, procedure === 4 ? Buffer.concat([words(1), listed("0.0.0.0.0.0"), words(0)]) : text("")),
  "hanging up": () => "hang up",
  silence: () => undefined,
};

for (const [what, other] of Object.entries(others)) {
  test(`a binder that answers versions 4 and 3 with ${what} is asked in version 2`, async () => {
    const answer = (question: Question) => (question.version === 2 ? portmapper(question) : other(question));
    const kinds: FakeBinderOptions[] = [{}, { oneShot: true }, { over: ["tcp"] }, { over: ["udp"] }];
    for (const options of what === "silence" ? kinds.slice(0, 1) : kinds) {
      await using binder = await fakeBinder(answer, options);
      for (const transport of transports) {
        assert.deepEqual(
          await locate(binder.port, transport),
          found(transport),
          `${JSON.stringify(options)} ${transport}`,
        );
      }
    }
  });
}

test("a binder that is silent over one transport is asked over the other", async () => {
  for (const silent of transports) {
    await using binder = await fakeBinder((question) => (question.over === silent ? undefined : portmapper(question)));
    assert.deepEqual(await locate(binder.port, silent), found(silent));
  }
});

test("where a binder returns the port of TCP for UDP, the error names the address that works", async (t) => {
  const server = new Server().implement(adder, adding());
  t.after(() => server.close());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  assert.ok("port" in address);
  const answer = ({ xid, procedure }: Question) =>
    procedure === 3 ? success(xid, words(address.port)) : refusal(xid, 3, 0);
  await using binder = await fakeBinder(answer, { over: ["tcp"] });
  const rpcbind = `127.0.0.1:${binder.port}`;
  await using client = createClientWith({ locate: rpcbindLocator() }, adder, "udp://127.0.0.1", { rpcbind });
  let advice = "";
  await assert.rejects(client.add({ a: 1, b: 2 }), (error: Error & { code: string; mayHaveRun: boolean }) => {
    assert.equal(error.code, "RPC_DISCONNECTED");
    assert.equal(error.mayHaveRun, false);
    advice =
      /nothing listens there over UDP\. If the program is served over TCP, use (\S+)$/.exec(error.message)?.[1] ?? "";
    return true;
  });
  await using other = createClientWith({}, adder, advice);
  assert.equal(await other.add({ a: 1, b: 2 }), 3);
});

test("a caller with little time is told why in time, and a dialect has its share of it", async () => {
  await using silent = await fakeBinder(() => undefined);
  await assert.rejects(locate(silent.port, "tcp", { time: 200 }), { code: "RPC_NO_BINDER" });
  await using old = await fakeBinder((question) => (question.version === 2 ? portmapper(question) : undefined));
  assert.deepEqual(await locate(old.port, "tcp", { time: 4_000 }), found("tcp"));
});

test("a binder that knows only port 0 is reported, not called", async () => {
  await using binder = await fakeBinder(({ xid, version, procedure }) =>
    version === 2 ? success(xid, words(procedure === 3 ? 70_000 : 0)) : success(xid, text("127.0.0.1.0.0")),
  );
  for (const transport of transports) {
    await assert.rejects(locate(binder.port, transport), {
      code: "RPC_BAD_BINDER_ANSWER",
      message: /versions 4 and 3: .* an address without a port: "127\.0\.0\.1\.0\.0".*version 2: .* an invalid address/,
    });
  }
});

test("when no answer can be used, what was tried is listed in short", async () => {
  await using binder = await fakeBinder(({ xid, version }) => (version === 2 ? denial(xid, 1, 5) : refusal(xid, 2)), {
    over: ["tcp"],
  });
  await assert.rejects(locate(binder.port, "tcp"), (error: Error & { code?: string; mayHaveRun?: boolean }) => {
    assert.deepEqual([error.code, error.mayHaveRun], ["RPC_BAD_BINDER_ANSWER", false]);
    const tried = `tcp://127.0.0.1:${binder.port} versions 4 and 3: an answer that cannot be decoded, version 2: AUTH_ERROR`;
    assert.ok(error.message.includes(tried), error.message);
    return true;
  });
});

test("a binder that knows that a program is not registered is believed, one that cannot list what is only at the end", async () => {
  await using binder = await fakeBinder(({ xid, procedure }) =>
    procedure === 3 ? success(xid, words(0)) : refusal(xid, 3),
  );
  await assert.rejects(locate(binder.port, "tcp"), { code: "RPC_NOT_REGISTERED" });
  assert.deepEqual(binder.asked.filter((question) => /tcp .\.3/.test(question)).sort(), [
    "tcp 2.3",
    "tcp 3.3",
    "tcp 4.3",
  ]);
  await using other = await startRpcbind({ port: 0 });
  await assert.rejects(locate((other.address as { port: number }).port, "tcp"), { code: "RPC_NOT_REGISTERED" });
});

test("an inner address is tried, and the host that was asked with its port", async () => {
  const told = ({ xid }: Question) => success(xid, text("203.0.113.9.8.1"));
  await using binder = await fakeBinder(told);
  assert.deepEqual(await locate(binder.port, "tcp"), [{ ...found("tcp"), host: "203.0.113.9" }, found("tcp")]);
});

test("a program behind a NAT is called where its binder was asked, over TCP and UDP", async () => {
  await using server = new Server().implement(adder, adding());
  const { port } = (await server.listen("tcp://127.0.0.1:0")).address as { port: number };
  await server.listen(`udp://127.0.0.1:${port}`);
  await using binder = await fakeBinder(({ xid }) => success(xid, text(`203.0.113.9.${port >> 8}.${port & 255}`)));
  for (const transport of transports) {
    const options = { transport, rpcbind: `127.0.0.1:${binder.port}` };
    await using client = createClientWith({ locate: rpcbindLocator() }, adder, "127.0.0.1", options);
    assert.equal(await client.add({ a: 20, b: 22 }), 42);
  }
});

test("addresses of IPv6 under the netid of IPv4, as Java servers register them, are read", async () => {
  const rows: [string, string][] = [
    ["0:0:0:0:0:0:0:0.8.1", "127.0.0.1"],
    ["::.8.1", "127.0.0.1"],
    ["::ffff:127.0.0.1.8.1", "127.0.0.1"],
    ["0:0:0:0:0:0:0:1.8.1", "::1"],
    ["::1.8.1", "::1"],
  ];
  for (const [universal, host] of rows) {
    await using binder = await fakeBinder(({ xid }) => success(xid, text(universal)));
    assert.deepEqual(await locate(binder.port, "tcp"), { ...found("tcp"), host }, universal);
  }
});
