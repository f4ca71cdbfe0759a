export * from "../../dist/xdr/index.js";
