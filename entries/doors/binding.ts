export * from "../../dist/doors/binding.js";
