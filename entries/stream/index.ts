export * from "../../dist/stream/index.js";
