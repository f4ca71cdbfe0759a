export * from "../../dist/directory/index.js";
