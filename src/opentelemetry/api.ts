// The parts of @opentelemetry/api that are used, as its versions 1.x have them, and how it is loaded: the package is optional.

/** Attributes of spans and measurements. */
export type Attributes = Record<string, string | number | boolean>;

/** A span of a trace. */
export interface Span {
  /** Adds attributes, or replaces those of the same names. */
  setAttributes(attributes: Attributes): unknown;
  /** Sets the outcome. `code` is 2 for an error. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** Ends the span, now. */
  end(): void;
}

/** Makes spans. */
export interface Tracer {
  /** Starts a span, now. `options.kind` is a value of `SpanKind`. */
  startSpan(name: string, options: { readonly kind: number; readonly attributes: Attributes }): Span;
}

/** A sum, such as a number of calls. */
export interface Counter {
  /** Adds `value`, 0 or more. */
  add(value: number, attributes?: Attributes): void;
}

/** A distribution, such as the durations of calls. */
export interface Histogram {
  /** Records one value, in the unit of the histogram. */
  record(value: number, attributes?: Attributes): void;
}

interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Makes counters and histograms. */
export interface Meter {
  /** Makes a counter, or returns the one of the same name. */
  createCounter(name: string, options: InstrumentOptions): Counter;
  /** Makes a histogram, or returns the one of the same name. */
  createHistogram(name: string, options: InstrumentOptions): Histogram;
}

/** The module `@opentelemetry/api`. */
export interface OpenTelemetryApi {
  /** Tracers, and the span of a context. */
  readonly trace: {
    getTracer(name: string): Tracer;
    setSpan(context: never, span: never): unknown;
  };
  /** Meters. */
  readonly metrics: { getMeter(name: string): Meter };
  /** The context, which has the current span. */
  readonly context: {
    active(): unknown;
    with(context: never, work: never): unknown;
  };
}

export const SpanKind = { SERVER: 1, CLIENT: 2 } as const;
export const errorStatus = 2;

/** @throws Error if the package is not installed. */
export async function loadApi(): Promise<OpenTelemetryApi> {
  // A variable instead of a literal, so that compilers and bundlers do not ask for the package.
  const name: string = "@opentelemetry/api";
  try {
    return (await import(name)) as OpenTelemetryApi;
  } catch (cause) {
    throw new Error(`lupine/opentelemetry needs the package ${name}: npm install ${name}`, { cause });
  }
}
