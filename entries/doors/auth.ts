export * from "../../dist/doors/auth.js";
