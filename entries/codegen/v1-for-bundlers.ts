export * from "../../dist/codegen/v1.js";
