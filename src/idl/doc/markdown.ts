// A page as Markdown with tables, as GitHub and most others read it.
import type { Block, Inline } from "./page.js";

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "heading": {
      const anchor = block.anchor === undefined ? "" : `<a id="${block.anchor}"></a>\n\n`;
      return `${anchor}${"#".repeat(block.level)} ${escapeText(block.text)}`;
    }
    case "paragraph":
      return inlineText(block.text, "  \n");
    case "comment":
      return inlineText([block.text], "  \n");
    case "contents":
      return block.items.map((item) => `- ${inlineText(item, "  \n  ")}`).join("\n");
    case "table": {
      const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
      const rows = block.rows.map((cells) => row(cells.map((cell) => inlineText(cell, "<br>"))));
      return [row(block.head), row(block.head.map(() => "---")), ...rows].join("\n");
    }
  }
}

function inlineText(parts: readonly Inline[], lineBreak: string): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part.split("\n").map(escapeText).join(lineBreak);
      const text = "text" in part ? escapeText(part.text) : codeText(part.code);
      return "link" in part ? `[${text}](${escapeLink(part.link)})` : text;
    })
    .join("");
}

/** Even in code, a bar divides a table and a backtick ends the code. */
function codeText(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  const space = text.includes("`") ? " " : "";
  return fence + space + text.replaceAll("|", "\\|").replaceAll("\n", " ") + space + fence;
}

function escapeLink(link: string): string {
  return link.replace(/[ ()<>\\|]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}

function escapeText(text: string): string {
  return text
    .replace(/[\\`*_[\]|#~!]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
