export * from "../../dist/gss/index.js";
