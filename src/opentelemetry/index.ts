// "lupine/opentelemetry": spans and metrics of calls. The package @opentelemetry/api is optional and loaded here alone.
export type { Attributes, Counter, Histogram, Meter, OpenTelemetryApi, Span, Tracer } from "./api.js";
export { type ObserveOptions, observeCalls, type Telemetry } from "./observe.js";
