export * from "../../dist/session/index.js";
