export * from "../../dist/doors/server.js";
