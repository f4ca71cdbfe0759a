// A page as blocks of text, which Markdown and HTML are made of.

export type Inline = string | { readonly code: string } | { readonly link: string; readonly code: string };

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string; readonly anchor?: string }
  | { readonly kind: "paragraph"; readonly text: readonly Inline[] }
  | { readonly kind: "list"; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly Inline[])[][] };

/** The anchor of a definition; those of types, constants and programs never meet. */
export function anchorOf(kind: "type" | "const" | "program" | "version" | "procedure", ...names: string[]): string {
  return [kind, ...names].join("-").replace(/[^\w.-]/g, "_");
}
