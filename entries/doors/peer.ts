export * from "../../dist/doors/peer.js";
