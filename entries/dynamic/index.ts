export * from "../../dist/dynamic/index.js";
