export * from "../../dist/doors/client.js";
