export * from "../../dist/dce/index.js";
