// Makes examples complete: an example in a docstring leaves out its imports, which are the same each time.
import { parseSync } from "oxc-parser";

/** `code` with an import for each name that it uses and does not declare. `home` is the entry point to look in first. */
export function completeExample(code, home, doors) {
  const { program, errors } = parseSync("example.ts", code);
  if (errors.length > 0) throw new Error(`an example does not parse: ${errors[0].message}\n${code}`);
  const { used, declared } = identifiers(program);
  const order = [home, ...doors.filter((door) => door.name !== home.name)];
  const imports = new Map();
  for (const name of [...used].filter((each) => !declared.has(each)).sort()) {
    const from = name === "ADD_VERS" || name === "numbers" ? "./add.gen.js" : doorOf(name, order);
    if (from === undefined) continue;
    imports.set(from, [...(imports.get(from) ?? []), name]);
  }
  const lines = [...imports]
    .sort(([a], [b]) => (a.startsWith(".") ? 1 : b.startsWith(".") ? -1 : a < b ? -1 : 1))
    .map(([from, names]) => `import { ${names.join(", ")} } from "${from}";`);
  return lines.length === 0 ? code : `${lines.join("\n")}\n\n${code}`;
}

function doorOf(name, order) {
  const door = order.find(({ names }) => names.has(name));
  if (door === undefined) return undefined;
  const kinds = door.names.get(name).map(({ kind }) => kind);
  const isType = kinds.every((kind) => kind === "interface" || kind === "type");
  return isType && name === "Error" ? undefined : door.name;
}

function identifiers(program) {
  const used = new Set();
  const declared = new Set();
  walk(program, undefined, "");
  return { used, declared };

  function walk(node, parent, key) {
    if (Array.isArray(node)) for (const each of node) walk(each, parent, key);
    else if (node !== null && typeof node === "object") {
      if (node.type === "Identifier" && !isPropertyName(parent, key)) {
        if (isBinding(parent, key)) declared.add(node.name);
        else used.add(node.name);
      }
      for (const each in node) walk(node[each], node.type === undefined ? parent : node, each);
    }
  }
}

function isPropertyName(parent, key) {
  if (parent?.type === "MemberExpression") return key === "property" && !parent.computed;
  return parent?.type === "Property" && key === "key" && !parent.computed && !parent.shorthand;
}

function isBinding(parent, key) {
  switch (parent?.type) {
    case "VariableDeclarator":
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return key === "id" || key === "params";
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return key === "params";
    case "ImportSpecifier":
      return key === "local";
    default:
      return parent?.type === "CatchClause" && key === "param";
  }
}
