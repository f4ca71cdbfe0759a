export * from "../../dist/messaging/index.js";
