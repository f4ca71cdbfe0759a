// Documentation of interfaces.
import type { InterfaceModule } from "../model.js";
import { documentBlocks } from "./document.js";
import { toHtml } from "./html.js";
import { toMarkdown } from "./markdown.js";

export { sizeText, type WireSize, wireSize } from "./size.js";

export const DOC_FORMATS = ["md", "html"] as const;
export type DocFormat = (typeof DOC_FORMATS)[number];

/** A page about an interface. @param title its heading: the file's name. */
export function documentInterface(module: InterfaceModule, title: string, format: DocFormat): string {
  const blocks = documentBlocks(module, title);
  return format === "html" ? toHtml(title, blocks) : toMarkdown(blocks);
}
