export * from "../../dist/processes/index.js";
