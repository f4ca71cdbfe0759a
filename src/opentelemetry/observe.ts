// Spans and metrics of calls: an interceptor that is given to clients and servers.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import type { Call, Handler, Interceptor } from "../rpc/call.js";
import { RpcError } from "../rpc/errors.js";
import { errorStatus, type Histogram, loadApi, type OpenTelemetryApi, SpanKind } from "./api.js";
import { commonAttributes, methodOf, outcomeAttributes, spanAttributes } from "./attributes.js";
import { countEvents } from "./counters.js";

/** Options of `observeCalls`. */
export interface ObserveOptions {
  /** The module `@opentelemetry/api`, for programs that have several copies of it. Default: it is loaded. */
  readonly api?: OpenTelemetryApi;
}

const observeOptions: OptionTable<ObserveOptions> = { api: "object" };

/** What `observeCalls` returns. */
export interface Telemetry {
  /** Makes a span and a measurement of each call. Give it to clients and servers, as the first of their `interceptors`. */
  readonly interceptor: Interceptor;
  /** Ends the counters of events. Interceptors that are in use continue. */
  stop(): void;
}

/** The boundaries that the conventions for RPC metrics ask for, in seconds. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * Spans and metrics for OpenTelemetry, by the providers that the program has registered. ONC RPC has no room for a trace's
 * context in its messages, so the span of a server begins a trace of its own; calls that a handler makes are its children.
 * @throws Error if the package `@opentelemetry/api` is not installed.
 * @example
 * const { interceptor, stop } = await observeCalls();
 * await using server = new Server({ interceptors: [interceptor] }).implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * await using client = createClient(ADD_VERS, address, { interceptors: [interceptor] });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 * stop();
 */
export async function observeCalls(options: ObserveOptions = {}): Promise<Telemetry> {
  checkOptions(observeOptions, options);
  const api = options.api ?? (await loadApi());
  const meter = api.metrics.getMeter("lupine");
  const duration = (name: string, description: string): Histogram =>
    meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: boundaries } });
  const durations = {
    client: duration("rpc.client.call.duration", "Duration of outgoing calls"),
    server: duration("rpc.server.call.duration", "Duration of incoming calls"),
  };
  return { interceptor: interceptorOf(api, durations), stop: countEvents(meter) };
}

function interceptorOf(api: OpenTelemetryApi, durations: { client: Histogram; server: Histogram }): Interceptor {
  const tracer = api.trace.getTracer("lupine");
  return async (call, next) => {
    const isServer = call.identity !== undefined;
    const kind = isServer ? SpanKind.SERVER : SpanKind.CLIENT;
    const span = tracer.startSpan(methodOf(call), { kind, attributes: spanAttributes(call, isServer) });
    const context = api.trace.setSpan(api.context.active() as never, span as never);
    const started = systemClock.now();
    let failure: { readonly error: unknown } | undefined;
    try {
      return await within(api, context, call, next);
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      const seconds = (systemClock.now() - started) / 1000;
      const outcome = outcomeAttributes(failure === undefined ? undefined : (failure.error ?? new Error("none")));
      span.setAttributes({ ...outcome, ...mayHaveRun(failure?.error) });
      if (failure !== undefined) span.setStatus({ code: errorStatus, message: String(failure.error) });
      span.end();
      durations[isServer ? "server" : "client"].record(seconds, { ...commonAttributes(call, isServer), ...outcome });
    }
  };
}

function within(api: OpenTelemetryApi, context: unknown, call: Call, next: Handler): Promise<unknown> {
  const work = (): Promise<unknown> => next(call);
  return api.context.with(context as never, work as never) as Promise<unknown>;
}

function mayHaveRun(error: unknown): { "lupine.may_have_run"?: boolean } {
  return error instanceof RpcError ? { "lupine.may_have_run": error.mayHaveRun } : {};
}
