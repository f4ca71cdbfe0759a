export * from "../../dist/explain/index.js";
