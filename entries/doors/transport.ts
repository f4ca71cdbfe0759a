export * from "../../dist/doors/transport.js";
