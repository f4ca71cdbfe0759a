export * from "../../dist/idl/index.js";
