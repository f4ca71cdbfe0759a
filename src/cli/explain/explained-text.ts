// What `lupine explain` and `lupine call --trace` print, read back: `   4  6f 09 45 c1              xid   ...`.

/** A line of the table, in a trace or picture with a bar before it: its offset is decimal and has no leading zeros. */
const row = /^[\s|]*(0|[1-9]\d*) {2}([0-9a-f]{2}(?: [0-9a-f]{2}){0,7})(?: {2,}\S.*)?$/;
const leftOut = /^[\s|]*… (\d+) more bytes$/;

export interface ExplainedText {
  /** One for each message. */
  readonly blocks: readonly Buffer[];
  /** The first line at which bytes were left out. */
  readonly shortened?: { readonly line: number; readonly bytes: number };
}

/** The messages of such a text; undefined for any other. Its headlines and notes may be missing. */
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
    // Messages of one input are counted on; those of a trace each begin at 0.
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
