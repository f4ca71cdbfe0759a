export * from "../../dist/cli/command-line.js";
