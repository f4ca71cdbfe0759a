// Spans and metrics with the SDK of OpenTelemetry. Without its packages these tests are skipped.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, type Interceptor, RpcRefused, Server } from "lupine";
import { type OpenTelemetryApi, observeCalls } from "lupine/opentelemetry";
import { drop, FakeClock, lossyConnection, memoryPair } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";

interface SpanData {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Record<string, unknown>;
  readonly status: { readonly code: number };
  readonly parentSpanContext?: { readonly spanId: string };
  spanContext(): { readonly spanId: string; readonly traceId: string };
}

interface MetricData {
  readonly descriptor: { readonly name: string; readonly unit: string };
  readonly dataPoints: readonly { readonly attributes: Record<string, unknown>; readonly value: unknown }[];
}

/** Not literals: the packages may be missing. */
async function load(name: string): Promise<Record<string, never>> {
  return import(name);
}

async function sdk() {
  const [api, traces, metrics, hooks] = (await Promise.all(
    ["api", "sdk-trace-base", "sdk-metrics", "context-async-hooks"].map((name) => load(`@opentelemetry/${name}`)),
    // biome-ignore lint/suspicious/noExplicitAny: the types of packages that may be missing
  )) as any[];
  const spans = new traces.InMemorySpanExporter();
  const exporter = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const tracers = new traces.BasicTracerProvider({ spanProcessors: [new traces.SimpleSpanProcessor(spans)] });
  const meters = new metrics.MeterProvider({ readers: [reader] });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  // Global providers can be set once in a process; each test has its own.
  const given: OpenTelemetryApi = {
    trace: { getTracer: (name) => tracers.getTracer(name), setSpan: api.trace.setSpan.bind(api.trace) },
    metrics: { getMeter: (name) => meters.getMeter(name) },
    context: api.context,
  };
  const end = async (): Promise<void> => {
    api.context.disable();
    await meters.shutdown();
  };
  const metricData = async (): Promise<MetricData[]> => {
    await reader.forceFlush();
    const all = exporter.getMetrics() as { scopeMetrics: { metrics: MetricData[] }[] }[];
    return all.at(-1)?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
  };
  return { api: given, spans: () => spans.getFinishedSpans() as SpanData[], metricData, end };
}

const missing = await load("@opentelemetry/sdk-trace-base").then(
  () => false,
  () => "@opentelemetry/sdk-trace-base is not installed: npm ci",
);

async function pairWith(interceptor: Interceptor, add: (pair: { a: number; b: number }) => unknown) {
  const server = new Server({ interceptors: [interceptor], onError: () => undefined });
  server.implement(ADD_VERS, { add: add as never });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return { server, address, client: createClient(ADD_VERS, address, { interceptors: [interceptor] }) };
}

test("a call makes a span at each end, with the names of the conventions", { skip: missing }, async () => {
  const { api, spans, metricData, end } = await sdk();
  const { interceptor, stop } = await observeCalls({ api });
  const { server, address, client } = await pairWith(interceptor, ({ a, b }) => a + b);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  const [incoming, outgoing] = spans();
  const common = {
    "rpc.system.name": "onc_rpc",
    "rpc.method": "ADD_PROG/add",
    "rpc.response.status_code": "SUCCESS",
    "onc_rpc.program.name": "ADD_PROG",
    "onc_rpc.version": 1,
    "onc_rpc.procedure.name": "add",
    "onc_rpc.procedure.number": 1,
    "network.transport": "tcp",
  };
  assert.deepEqual([incoming?.name, incoming?.kind], ["ADD_PROG/add", 1]);
  assert.deepEqual([outgoing?.name, outgoing?.kind], ["ADD_PROG/add", 2]);
  assert.ok(address.kind === "tcp");
  const server_ = { "server.address": "127.0.0.1", "server.port": address.port };
  assert.deepEqual(outgoing?.attributes, { ...common, ...server_ });
  const { "client.port": port, ...others } = incoming?.attributes ?? {};
  assert.equal(typeof port, "number");
  assert.deepEqual(others, { ...common, "client.address": "127.0.0.1" });
  const metrics = (await metricData()).filter(({ descriptor }) => descriptor.name.startsWith("rpc."));
  assert.deepEqual(
    metrics.map(({ descriptor, dataPoints }) => [descriptor.name, descriptor.unit, dataPoints[0]?.attributes]),
    [
      ["rpc.client.call.duration", "s", { ...pick(common), ...server_ }],
      ["rpc.server.call.duration", "s", pick(common)],
    ],
  );
  stop();
  await client[Symbol.asyncDispose]();
  await server.close();
  await end();
});

function pick(attributes: Record<string, unknown>): Record<string, unknown> {
  const names = ["rpc.system.name", "rpc.method", "rpc.response.status_code"];
  return Object.fromEntries(names.map((name) => [name, attributes[name]]));
}

test("a failed call has its error's code, and whether it may have run", { skip: missing }, async () => {
  const { api, spans, end } = await sdk();
  const { interceptor, stop } = await observeCalls({ api });
  const { server, client } = await pairWith(interceptor, () => {
    throw new RangeError("no");
  });
  await assert.rejects(client.add({ a: 1, b: 2 }), RpcRefused);
  const [incoming, outgoing] = spans();
  assert.deepEqual([incoming?.attributes["error.type"], incoming?.status.code], ["RangeError", 2]);
  assert.deepEqual(
    ["error.type", "rpc.response.status_code", "lupine.may_have_run"].map((name) => outgoing?.attributes[name]),
    ["RPC_SYSTEM_ERR", "RPC_SYSTEM_ERR", true],
  );
  stop();
  await client[Symbol.asyncDispose]();
  await server.close();
  await end();
});

test("a call that a handler makes is a child of the handler's span", { skip: missing }, async () => {
  const { api, spans, end } = await sdk();
  const { interceptor, stop } = await observeCalls({ api });
  const inner = await pairWith(interceptor, ({ a, b }) => a + b);
  const outer = await pairWith(interceptor, (pair) => inner.client.add(pair));
  assert.equal(await outer.client.add({ a: 1, b: 2 }), 3);
  const [, call, handler] = spans();
  assert.deepEqual([call?.kind, handler?.kind], [2, 1]);
  assert.equal(call?.parentSpanContext?.spanId, handler?.spanContext().spanId);
  stop();
  for (const { client, server } of [outer, inner]) {
    await client[Symbol.asyncDispose]();
    await server.close();
  }
  await end();
});

test("retransmissions are counted until stop is called", { skip: missing }, async () => {
  const { api, metricData, end } = await sdk();
  const { stop } = await observeCalls({ api });
  const clock = new FakeClock();
  const lose = async (): Promise<void> => {
    const [near, far] = memoryPair({ reliable: false });
    new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b }).accept(far);
    const lossy = lossyConnection(near, { script: [drop] });
    await using client = createClient(ADD_VERS, lossy, { clock, retransmit: { first: 1000, jitter: 0 } });
    const sum = client.add({ a: 1, b: 2 });
    clock.advance(2000);
    await sum;
  };
  await lose();
  stop();
  await lose();
  const counter = (await metricData()).find(({ descriptor }) => descriptor.name === "lupine.client.retransmissions");
  assert.equal(counter?.dataPoints[0]?.value, 1);
  await end();
});
