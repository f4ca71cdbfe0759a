// The language server behind `lupine lsp`.
export { projectSettings } from "./project-settings.js";
export { type ServerOptions, serve } from "./server.js";
