export * from "../../dist/blocking/index.js";
