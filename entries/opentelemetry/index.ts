export * from "../../dist/opentelemetry/index.js";
