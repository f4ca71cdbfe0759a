// Prints the pages of docs/reference/api: one for each entry point, and the index.
import { completeExample } from "./examples.mjs";

const note = "<!-- Made from the docstrings in src/ by: npx tsc -b && node scripts/api.mjs. Edit those. -->";

/** Files of docs/reference/api, by name. */
export function pages(doors) {
  return new Map([["README.md", index(doors)], ...doors.map((door) => [door.page, page(door, doors)])]);
}

function index(doors) {
  const rows = doors.map(
    ({ name, page: file, intro, names }) => `| [\`${name}\`](${file}) | ${names.size} | ${intro} |`,
  );
  const all = doors.map(
    (door) => `\n## ${door.name}\n\n${[...door.names.keys()].map((name) => link(name, door)).join(", ")}\n`,
  );
  return `${note}

# API reference

Everything that can be imported from the package. A name that is not listed here is private and may change in any release.
\`lupine/codegen/v1\` is for generated code alone.

| Import from | Names | Purpose |
| --- | --- | --- |
${rows.join("\n")}
${all.join("")}`;
}

function page(door, doors) {
  const sections = [...door.names].map(([name, declarations]) => section(name, declarations, door, doors));
  return `${note}

# ${door.name}

${door.intro}

\`\`\`ts
import { ${firstValue(door)} } from "${door.name}";
\`\`\`

${groups(door)}

${sections.join("\n")}`;
}

const firstValue = ({ names }) => {
  const all = [...names];
  const [name] =
    all.find(([, each]) => each.some(({ kind }) => kind === "function")) ?? all.find(([, each]) => isValue(each));
  return name;
};

const isValue = (declarations) => declarations.some(({ kind }) => kind !== "interface" && kind !== "type");

/** The names of a page, by kind. */
function groups(door) {
  const kinds = [
    ["Functions", (all) => all.some(({ kind }) => kind === "function")],
    ["Classes", (all) => all.some(({ kind }) => kind === "class")],
    ["Constants", (all) => all.some(({ kind }) => kind === "constant")],
    ["Types", (all) => !isValue(all)],
  ];
  return kinds
    .map(([title, test]) => [title, [...door.names].filter(([, all]) => test(all))])
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `**${title}:** ${names.map(([name]) => link(name, door, true)).join(", ")}`)
    .join("\n\n");
}

function section(name, declarations, door, doors) {
  const docs = declarations.map(({ doc }) => doc).filter((doc) => doc !== undefined);
  const examples = docs.flatMap((doc) => doc.examples);
  const parts = [
    `## ${name}`,
    fence(declarations.map(signature).join("\n")),
    ...docs.map(({ text }) => text),
    ...docs.flatMap(({ returns }) => (returns === "" ? [] : [`**Returns:** ${returns}`])),
    ...parameters(docs),
    ...shownValue(name, declarations, door),
    ...docs.flatMap(({ throws }) => throws.map((each) => `**Throws:** ${each}`)),
    ...examples.map((code) => fence(completeExample(code, door, doors))),
    members(declarations, door, doors),
    related(name, declarations, door, doors),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function parameters(docs) {
  const found = docs.flatMap(({ tags }) => tags.filter(({ tag }) => tag === "param"));
  return found.length === 0 ? [] : [found.map(({ text }) => `- ${text.replace(/^(\w+)/, "`$1`:")}`).join("\n")];
}

/** The value of a constant, if it is a number or a plain object of numbers, truth values and texts. */
function shownValue(name, declarations, { values }) {
  const [{ kind, text }] = declarations;
  const value = values?.[name];
  // The signature of `const defaultLease = 3000` has the value.
  if (kind !== "constant" || / = \S/.test(text)) return [];
  const isPlain = (each) => ["number", "boolean", "string"].includes(typeof each);
  if (typeof value === "number") return [`**Value:** ${shown(value)}`];
  if (typeof value !== "object" || value === null || !Object.values(value).every(isPlain)) return [];
  const parts = Object.entries(value).map(([key, each]) => `\`${key}\` ${shown(each)}`);
  return parts.length === 0 ? [] : [`**Value:** ${parts.join(", ")}`];
}

const shown = (value) => (typeof value === "number" ? value.toLocaleString("en") : JSON.stringify(value));

function signature({ kind, head, text, members: all }) {
  if (kind === "class" || head !== undefined) {
    const shown = all.filter(({ text: each }) => !each.startsWith("#"));
    const open = head ?? text.slice(0, text.indexOf("{")).trim();
    if (kind !== "class" && shown.length > 0) return `${open} { ${shown.length > 3 ? "... " : list(shown)}}`;
    return open;
  }
  return text;
}

const list = (members) => `${members.map(({ text }) => text).join("; ")} `;

function members(declarations, door, doors) {
  return declarations
    .flatMap((each) => membersWithBases(each, doors))
    .map(({ text, doc }) => {
      const said = doc === undefined ? "" : `: ${flat(doc)}`;
      const examples = (doc?.examples ?? []).map(
        (code) => `\n\n${indent(fence(completeExample(code, door, doors)))}\n`,
      );
      return `- \`${text.replaceAll("readonly ", "").replace(/ \| undefined$/, "")}\`${said}${examples.join("")}`;
    })
    .join("\n");
}

/** The members of an interface, and of those that it extends which have no section of their own. */
function membersWithBases({ members: own, bases }, doors) {
  const hidden = bases.filter(({ name }) => !doors.some(({ names }) => names.has(name)));
  return [...own, ...hidden.flatMap((base) => base.declarations.flatMap((each) => membersWithBases(each, doors)))];
}

/** A docstring in one paragraph of a list. */
function flat({ text, returns, throws }) {
  return [
    text.replaceAll(/\n+/g, " "),
    returns === "" ? "" : `Returns ${returns}`,
    ...throws.map((each) => `Throws ${each}`),
  ]
    .filter((part) => part !== "")
    .map((part, i, parts) => (/[.!?:]$/.test(part) || i === parts.length - 1 ? part : `${part}.`))
    .join(" ");
}

/** Names of the API that a declaration mentions. */
function related(name, declarations, door, doors) {
  const text = declarations.map((each) => each.text).join("\n");
  const words = new Set(text.match(/\b[A-Za-z]\w+\b/g));
  const found = [...words]
    .filter((word) => word !== name && /^[A-Z]/.test(word))
    .map((word) => {
      const home = door.names.has(word) ? door : doors.find(({ names }) => names.has(word));
      return home === undefined ? undefined : link(word, home, home === door);
    })
    .filter((each) => each !== undefined)
    .sort();
  return found.length === 0 ? "" : `**See also:** ${found.join(", ")}`;
}

function link(name, door, here = false) {
  const before = [...door.names.keys()].filter((each) => each.toLowerCase() === name.toLowerCase()).indexOf(name);
  return `[\`${name}\`](${here ? "" : door.page}#${name.toLowerCase()}${before > 0 ? `-${before}` : ""})`;
}

const fence = (code) => `\`\`\`ts\n${code}\n\`\`\``;

const indent = (text) => text.replaceAll(/^(?=.)/gm, "  ");
