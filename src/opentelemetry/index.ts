// "lupine/opentelemetry": spans and metrics of calls. Only this file loads the package @opentelemetry/api, which is optional.
export type { Attributes, Counter, Histogram, Meter, OpenTelemetryApi, Span, Tracer } from "./api.js";
export { type ObserveOptions, observeCalls, type Telemetry } from "./observe.js";
