// Reads the output of `lupine explain` and `lupine call --trace`: ` 4 6f 09 45 c1 xid ...`.

/** A line of the table. A trace or a picture has a bar before it. The offset is decimal, without leading zeros. */
const row = /^[\s|]*(0|[1-9]\d*) {2}([0-9a-f]{2}(?: [0-9a-f]{2}){0,7})(?: {2,}\S.*)?$/;
const leftOut = /^[\s|]*… (\d+) more bytes$/;

export interface ExplainedText {
  /** The text of each message. */
  readonly blocks: readonly Buffer[];
  /** The first line that leaves out bytes. */
  readonly shortened?: { readonly line: number; readonly bytes: number };
}

/** The messages of such a text; undefined for any other. Headlines and notes may be missing. */
export function parseExplained(text: string): ExplainedText | undefined {
  const blocks: Buffer[][] = [];
  let shortened: ExplainedText["shortened"];
  let next: number | undefined;
  let isNamed = false;
  let isInside = false;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const cut = leftOut.exec(line);
    if (cut !== null) shortened ??= { line: index + 1, bytes: Number(cut[1]) };
    const [, at, pairs = ""] = row.exec(line.trimEnd()) ?? [];
    if (at === undefined) {
      isInside = false;
      continue;
    }
    const bytes = Buffer.from(pairs.replaceAll(" ", ""), "hex");
    // Offsets of one input continue from message to message; those of a trace begin at 0 for each.
    if (next !== undefined && Number(at) !== next && Number(at) !== 0 && shortened === undefined) return undefined;
    if (!isInside) blocks.push([]);
    isInside = true;
    isNamed ||= /\d {2}[0-9a-f ]+ {2,}(?:record mark|xid) /.test(line);
    next = Number(at) + bytes.length;
    blocks.at(-1)?.push(bytes);
  }
  if (!isNamed) return undefined;
  return { blocks: blocks.map((pieces) => Buffer.concat(pieces)), ...(shortened && { shortened }) };
}
