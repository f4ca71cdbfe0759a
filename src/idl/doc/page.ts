// A page as blocks of text, which Markdown and HTML are made of.

/** `link` is the target: `#anchor`, or another page. */
export type Inline =
  | string
  | { readonly code: string }
  | { readonly link: string; readonly code: string }
  | { readonly link: string; readonly text: string };

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string; readonly anchor?: string }
  | { readonly kind: "paragraph"; readonly text: readonly Inline[] }
  /** Plain text from the interface, with its line breaks. */
  | { readonly kind: "comment"; readonly text: string }
  | { readonly kind: "contents"; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: "table";
      /** A description of the list, for screen readers. */
      readonly label: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Inline[])[][];
    };

/** The anchor of a definition. Anchors of types, constants and programs are distinct. */
export function anchorOf(kind: "type" | "const" | "program" | "version" | "procedure", ...names: string[]): string {
  return [kind, ...names].join("-").replace(/[^\w.-]/g, "_");
}
