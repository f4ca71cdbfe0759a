export * from "../../dist/codegen/index.js";
