// The parts of @opentelemetry/api that are used, as its versions 1.x have them, and how it is loaded: the package is optional.

/** Attributes of spans and measurements. */
export type Attributes = Record<string, string | number | boolean>;

/** A span of a trace. */
export interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/** Makes spans. */
export interface Tracer {
  startSpan(name: string, options: { readonly kind: number; readonly attributes: Attributes }): Span;
}

/** A sum, or a distribution. */
export interface Counter {
  add(value: number, attributes?: Attributes): void;
}

export interface Histogram {
  record(value: number, attributes?: Attributes): void;
}

interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Makes counters and histograms. */
export interface Meter {
  createCounter(name: string, options: InstrumentOptions): Counter;
  createHistogram(name: string, options: InstrumentOptions): Histogram;
}

/** The module `@opentelemetry/api`. */
export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string): Tracer;
    setSpan(context: never, span: never): unknown;
  };
  readonly metrics: { getMeter(name: string): Meter };
  readonly context: {
    active(): unknown;
    with(context: never, work: never): unknown;
  };
}

export const SpanKind = { SERVER: 1, CLIENT: 2 } as const;
export const errorStatus = 2;

/** @throws Error if the package is not installed. */
export async function loadApi(): Promise<OpenTelemetryApi> {
  // Not a literal: compilers and bundlers must not ask for the package.
  const name: string = "@opentelemetry/api";
  try {
    return (await import(name)) as OpenTelemetryApi;
  } catch (cause) {
    throw new Error(`lupine/opentelemetry needs the package ${name}: npm install ${name}`, { cause });
  }
}
