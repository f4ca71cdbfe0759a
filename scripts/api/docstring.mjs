// Reads docstrings: the text, and the tags that the pages know.

/**
 * The parts of one docstring: what it says, and its @throws, @returns, @example and @deprecated.
 * @param {string} comment from the first star to the last, without slashes
 */
export function readDocstring(comment) {
  const lines = comment
    .replace(/^\*+/, "")
    .replace(/\*+$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .flatMap((line) => line.split(/(?<=\S) (?=@throws )/));
  const parts = { text: [], throws: [], returns: [], examples: [], tags: [] };
  let into = parts.text;
  for (const line of lines) {
    const [, tag, rest = ""] = /^\s*@(\w+)\s?(.*)$/.exec(line) ?? [];
    if (tag === undefined) {
      into.push(line);
      continue;
    }
    into = [rest];
    const list = { throws: parts.throws, returns: parts.returns, example: parts.examples }[tag];
    if (list) list.push(into);
    else parts.tags.push({ tag, lines: into });
  }
  return {
    text: paragraphs(parts.text),
    throws: parts.throws.map(oneLine).flatMap((each) => each.split(/;\s+(?=[A-Z]\w+Error\b)/)),
    returns: parts.returns.map(oneLine).join(" "),
    examples: parts.examples.map((each) => trimBlank(each).join("\n").trim()),
    tags: parts.tags.map(({ tag, lines: each }) => ({ tag, text: oneLine(each) })),
  };
}

/** Lists keep their lines; other lines of one paragraph are joined. */
function paragraphs(lines) {
  return trimBlank(lines)
    .join("\n")
    .split(/\n\s*\n/)
    .map((block) => (/^\s*(?:[-*|]|\d+\.) /m.test(block) ? block : block.replaceAll(/\s*\n\s*/g, " ").trim()))
    .filter((block) => block !== "")
    .join("\n\n");
}

const oneLine = (lines) => lines.join(" ").replaceAll(/\s+/g, " ").trim();

function trimBlank(lines) {
  const first = lines.findIndex((line) => line.trim() !== "");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return first < 0 ? [] : lines.slice(first, last + 1);
}
