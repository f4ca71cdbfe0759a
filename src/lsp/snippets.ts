// Definitions to fill in, for editors that take snippets.
import { basename } from "node:path";
import type { CompletionItem, CompletionItemKind, InsertTextFormat } from "vscode-languageserver";

const SNIPPET = 15 satisfies CompletionItemKind;
const AS_SNIPPET = 2 satisfies InsertTextFormat;

/** Snippets outside of all braces. */
export function definitionSnippets(path: string): CompletionItem[] {
  const number = programNumber(path);
  return [
    snippet("struct", "struct name { ... };", ["struct «1:name» {", "  «2:int» «3:field»;$0", "};"]),
    snippet("enum", "enum name { ... };", ["enum «1:name» {", "  «2:FIRST» = «3:0»$0", "};"]),
    snippet("union", "union name switch (type name) { ... };", [
      "union «1:name» switch («2:int» «3:kind») {",
      "  case «4:0»: «5:int» «6:value»;$0",
      "  default: void;",
      "};",
    ]),
    snippet("typedef", "typedef type name;", ["typedef «1:string» «2:name»«3:<«4:255»>»;$0"]),
    snippet("const", "const NAME = 1;", ["const «1:NAME» = «2:1»;$0"]),
    snippet("program", "program NAME { version ... } = number;", [
      "program «1:NAME»_PROG {",
      "  version «1:NAME»_V1 {",
      "    void «1:NAME»_NULL(void) = 0;",
      "    «2:int» «3:CALL»(«4:int») = 1;$0",
      "  } = 1;",
      `} = «5:${number}»;`,
    ]),
  ];
}

/** Snippets in a program. */
export function versionSnippets(): CompletionItem[] {
  return [
    snippet("version", "version NAME { ... } = 1;", [
      "version «1:NAME_V1» {",
      "  void «2:NULL»(void) = 0;$0",
      "} = «3:1»;",
    ]),
  ];
}

function snippet(label: string, detail: string, lines: readonly string[]): CompletionItem {
  return {
    label,
    detail,
    kind: SNIPPET,
    // `«1:name»` is the first place to fill in.
    insertText: lines.join("\n").replaceAll("«", "${").replaceAll("»", "}"),
    insertTextFormat: AS_SNIPPET,
    // Sorted after the plain keyword, which people usually type in full.
    sortText: `${label}~`,
  };
}

/** A number from the range for private use (RFC 5531 section 13.1), different for each file. */
function programNumber(path: string): string {
  let hash = 0x811c9dc5;
  for (const sign of basename(path)) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193) >>> 0;
  return `0x${(0x2000_0000 + (hash % 0x2000_0000)).toString(16)}`;
}
