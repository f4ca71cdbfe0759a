// Documentation of interfaces.
import type { InterfaceModule } from "../model/model.js";
import { type DocumentOptions, documentBlocks, indexBlocks, type Listed } from "./document.js";
import { toHtml } from "./html.js";
import { toMarkdown } from "./markdown.js";
import type { Block } from "./page.js";

export type { DocumentOptions, Listed } from "./document.js";
export { preambleOf } from "./preamble.js";
export { sizeText, type WireSize, wireSize } from "./size.js";

export const DOC_FORMATS = ["md", "html"] as const;
/** The output format of `documentInterface`. */
export type DocFormat = (typeof DOC_FORMATS)[number];

/**
 * A page about an interface.
 * @example
 * const { module } = compileInterface({ file: "pair.x", text: "struct pair { int a; int b; };" });
 * if (module !== undefined) console.log(documentInterface(module, { title: "pair.x" }, "md").split("\n")[0]); // # pair.x
 */
export function documentInterface(module: InterfaceModule, options: DocumentOptions, format: DocFormat): string {
  return pageOf(options.title, documentBlocks(module, options), format);
}

/**
 * A page that lists interfaces, each with a link to its own.
 * @example
 * const { module } = compileInterface({ file: "pair.x", text: "struct pair { int a; int b; };" });
 * if (module !== undefined) {
 *   const listed = [{ title: "pair.x", href: "pair.md", module, preamble: undefined }];
 *   console.log(documentIndex("All interfaces", listed, "md").split("\n")[0]); // # All interfaces
 * }
 */
export function documentIndex(title: string, listed: readonly Listed[], format: DocFormat): string {
  return pageOf(title, indexBlocks(title, listed), format);
}

function pageOf(title: string, blocks: readonly Block[], format: DocFormat): string {
  return format === "html" ? toHtml(title, blocks) : toMarkdown(blocks);
}
