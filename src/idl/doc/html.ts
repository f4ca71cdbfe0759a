// A page as one HTML file without scripts or external resources.
import type { Block, Inline } from "./page.js";

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 22%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent); }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.5rem 0 1rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 0.8rem; padding-top: 0.8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2.2rem 0 0.6rem; }
code { font: 0.9em ui-monospace, "SF Mono", Consolas, monospace; }
.comment { white-space: pre-wrap; }
nav { background: var(--soft); border-radius: 0.5rem; padding: 0.8rem 1rem; margin: 1.2rem 0; }
nav ul { columns: 15rem; column-gap: 2rem; margin: 0; padding: 0; list-style: none; }
nav li { break-inside: avoid; padding: 0.15rem 0; }
table { border-collapse: collapse; width: 100%; margin: 0.8rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid var(--line); }
th { font-size: 0.85rem; }
td { white-space: pre-wrap; }
:target { outline: 2px solid; outline-offset: 4px; border-radius: 2px; }
a:focus-visible { outline: 2px solid; outline-offset: 2px; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.5rem 0.8rem; margin: 0.6rem 0; }
  td { display: grid; grid-template-columns: 6.5rem 1fr; padding: 0.15rem 0; border: 0; }
  td::before { content: attr(data-label); font-size: 0.85rem; opacity: 0.75; }
  td:empty { display: none; }
}
@media print { nav { display: none; } tr { break-inside: avoid; } }
`;

export function toHtml(title: string, blocks: readonly Block[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="lupine doc">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${blocks.map(blockHtml).join("\n")}
</main>
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "heading": {
      const id = block.anchor === undefined ? "" : ` id="${escapeHtml(block.anchor)}"`;
      return `<h${block.level}${id}>${escapeHtml(block.text)}</h${block.level}>`;
    }
    case "paragraph":
      return `<p>${inlineHtml(block.text)}</p>`;
    case "comment":
      return `<p class="comment">${escapeHtml(block.text)}</p>`;
    case "contents":
      return `<nav aria-label="Contents">\n<ul>\n${block.items.map((item) => `<li>${inlineHtml(item)}</li>`).join("\n")}\n</ul>\n</nav>`;
    case "table":
      return tableHtml(block);
  }
}

/**
 * With explicit roles, because a table loses them for screen readers when a narrow page displays its rows as blocks.
 */
function tableHtml({ label, head, rows }: Block & { kind: "table" }): string {
  const titles = head.map((title) => `<th role="columnheader" scope="col">${escapeHtml(title)}</th>`).join("");
  const row = (cells: readonly (readonly Inline[])[]): string =>
    cells
      .map((cell, at) => `<td role="cell" data-label="${escapeHtml(head[at] ?? "")}">${cellHtml(cell)}</td>`)
      .join("");
  const body = rows.map((cells) => `<tr role="row">${row(cells)}</tr>`).join("\n");
  return `<table role="table" aria-label="${escapeHtml(label)}">
<thead role="rowgroup"><tr role="row">${titles}</tr></thead>
<tbody role="rowgroup">
${body}
</tbody>
</table>`;
}

/** One element, so that a narrow page can show it beside its label. */
function cellHtml(cell: readonly Inline[]): string {
  const html = inlineHtml(cell);
  return html === "" ? "" : `<span>${html}</span>`;
}

function inlineHtml(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return escapeHtml(part);
      const text = "text" in part ? escapeHtml(part.text) : `<code>${escapeHtml(part.code)}</code>`;
      return "link" in part ? `<a href="${escapeHtml(part.link)}">${text}</a>` : text;
    })
    .join("");
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
