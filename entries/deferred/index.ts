export * from "../../dist/deferred/index.js";
