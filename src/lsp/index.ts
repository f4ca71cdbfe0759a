// The language server behind `lupine lsp`.
export { type ServerOptions, serve } from "./server.js";
