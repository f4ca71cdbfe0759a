export * from "../../dist/replies/index.js";
