// DCE RPC with samba: its NDR as an oracle in both byte orders, its client at our server, and our client at its daemon.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DceInterface, DceServer, startEndpointMapper } from "lupine/dce";
import type * as handles from "../../../src/dce/ndr/context-handle.js";
import type * as stubs from "../../../src/dce/stub-data.js";
import { countOf } from "../../support/count-of.js";
import { dialed, reply } from "../../support/dce-connection.js";
import * as pdus from "../../support/dce-pdus.js";
import { peerTest } from "../harness/peers.js";
import { run } from "../harness/processes.js";
import { type Random, randomFields, randomOf } from "./random-value.js";
import { lsarpc_v0, rpcecho_v1, srvsvc_v3 } from "./samba.gen.js";
import { Sample_v1 } from "./sample.gen.js";
import { implementation } from "./sample-server.js";

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("../../../../test/interop/dce/with_samba.py", import.meta.url));

const room = new URL("../../../../dist/dce/", import.meta.url);
const { encodeArguments, encodeResult, decodeArguments, decodeResult }: typeof stubs = await import(
  new URL("stub-data.js", room).href
);
const { plainHandles }: typeof handles = await import(new URL("ndr/context-handle.js", room).href);

type Values = Record<string, unknown>;

/** Arguments and results depend on each other: the results are made first. */
const agreements: Readonly<Record<string, (args: Values, results: Values) => void>> = {
  EchoData: (args, results) => {
    args["in_data"] = (results["out_data"] as Uint8Array).map((one) => one ^ 0xff);
  },
  SourceData: (args, results) => {
    args["len"] = (results["data"] as Uint8Array).length;
  },
  TestCall2: (args, results) => {
    args["level"] = (results["info"] as { tag: number }).tag;
  },
  LookupNames: (_args, results) => {
    results["domains"] = null;
  },
};

interface Question {
  readonly interface: string;
  readonly operation: string;
  readonly big: boolean;
  readonly in: string;
  readonly out: string;
}

function questionOf(program: DceInterface, method: string, random: Random): Question {
  const operation = program.operations[method];
  assert.ok(operation);
  const { name, params, result } = operation;
  const args = randomFields(
    params.filter((one) => one.in),
    random,
  );
  const results = randomFields([...params.filter((one) => one.out), ...(result ? [result] : [])], random);
  agreements[name]?.(args, results);
  const little = random() < 0.5;
  const options = { little, limit: 1_000_000, handles: plainHandles };
  const value = params.some((one) => one.out) ? results : results["result"];
  const visible = params.filter((one) => one.in && one.countOf === undefined && one.tagOf === undefined);
  const list = visible.map((one) => args[one.name]);
  const [input, output] = [encodeArguments(operation, list, options), encodeResult(operation, list, value, options)];
  // Decoding is the inverse of encoding.
  assert.deepEqual(decodeArguments(operation, input, options), list);
  assert.deepEqual(decodeResult(operation, list, output, options), value);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  return { interface: program.name, operation: name, big: !little, in: hex(input), out: hex(output) };
}

const operations = [
  ...Object.keys(rpcecho_v1.operations).map((method) => [rpcecho_v1, method] as const),
  [srvsvc_v3, "netShareEnumAll"] as const,
  [lsarpc_v0, "lookupNames"] as const,
];

peerTest(
  "samba decodes random values, and encodes them to the same bytes, in both byte orders",
  ["samba"],
  async () => {
    const random = randomOf(20261130);
    const questions = Array.from({ length: countOf(10_000, 1_000) }, (_, i) => {
      const [program, method] = operations[i % operations.length] as (typeof operations)[number];
      return questionOf(program, method, random);
    });
    const folder = mkdtempSync(join(tmpdir(), "lupine-samba-"));
    try {
      const file = join(folder, "questions");
      writeFileSync(file, questions.map((one) => `${JSON.stringify(one)}\n`).join(""));
      const { output } = await run(python, [script, "oracle", file]);
      const answers = output.trim().split("\n");
      assert.equal(answers.length, questions.length, output.slice(0, 2_000));
      for (const [i, question] of questions.entries()) {
        const { in: input, out } = JSON.parse(answers[i] as string) as Question;
        assert.deepEqual({ ...question, in: input, out }, question);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

peerTest("samba's client calls our server in both byte orders", ["samba"], async () => {
  await using server = new DceServer().implement(rpcecho_v1, {
    addOne: (value) => ({ out_data: value + 1 }),
    echoData: (data) => ({ out_data: data }),
    sinkData: () => undefined,
    sourceData: (count) => ({ data: new Uint8Array(count) }),
    testCall: (text) => ({ s2: `${text}!` }),
    testCall2: (level) => {
      const infos = [
        { tag: 1, info1: { v: 10 } },
        { tag: 2, info2: { v: 20 } },
        { tag: 3, info3: { v: 30 } },
        { tag: 4, info4: { v: 40n } },
        { tag: 5, info5: { v1: 50, v2: 60n } },
        { tag: 6, info6: { v1: 70, info1: { v: 80 } } },
        { tag: 7, info7: { v1: 80, info4: { v: 90n } } },
      ] as const;
      return { info: infos[level - 1] ?? infos[0], result: 0 };
    },
    testSleep: (seconds) => seconds,
    testEnum: (foo2, foo3) => ({ foo2, foo3 }),
    testSurrounding: ({ surrounding }) => ({ data: { surrounding: surrounding.map((one) => one + 1) } }),
    testDoublePointer: (value) => value ?? 0,
  });
  const orders: (number | undefined)[] = [];
  const listener = createServer((socket) => {
    socket.once("data", (bytes) => orders.push(bytes[4]));
    server.accept(socket);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const { status, output } = await run(python, [script, "client", String(port)]);
  listener.close();
  const lines = [
    "AddOne 42",
    "EchoData 010203",
    "SinkData None",
    "SourceData 20000",
    "TestCall w\u00efde \u{1f600}!",
    "TestCall2 1 [10]",
    "TestCall2 2 [20]",
    "TestCall2 3 [30]",
    "TestCall2 4 [40]",
    "TestCall2 5 [50, 60]",
    "TestCall2 6 [70]",
    "TestCall2 7 [80]",
    "TestSurrounding [2, 3, 4]",
  ];
  // samba warns on a machine that has the loopback interface alone.
  const printed = output
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("WARNING: no network interfaces"));
  assert.deepEqual(printed, [...lines, ...lines]);
  assert.equal(status, 0);
  assert.deepEqual(orders, [0x10, 0]);
});

peerTest("samba's clients share the contexts of an association group, and no others", ["samba"], async () => {
  await using mapper = await startEndpointMapper({ port: 0 });
  await using server = new DceServer().implement(Sample_v1, implementation());
  for (let i = 0; i < 3; i++) await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  await server.register({ endpointMapper: mapper.address });
  const socket = await dialed(mapper.port);
  socket.write(pdus.pdu(pdus.bind, pdus.binding(1)));
  const group = (await reply(socket))?.readUInt32LE(20) ?? 0;
  const { output } = await run(python, [script, "group", String(mapper.port), `0x${group.toString(16)}`]);
  socket.destroy();
  // Samba reports the refused bind as well.
  const lines = output.split("\n").filter((line) => /^(first|elsewhere|in the group|no group)/.test(line));
  assert.deepEqual([lines[0], lines[2]], ["first 1 0", "in the group 1 0"]);
  assert.match(lines[1] ?? "", /elsewhere 0 .*context handle does not match/);
  assert.match(lines[3] ?? "", /no group 0 ./);
});
