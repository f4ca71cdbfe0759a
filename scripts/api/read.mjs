// Reads what a door exports from the declaration files that the compiler makes: names, signatures, docstrings.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync } from "oxc-parser";
import { readDocstring } from "./docstring.mjs";

/** Reads declaration files, each once. */
export class Declarations {
  #files = new Map();

  /** Everything that the file exports, by name: its declarations, in order. */
  exportsOf(path) {
    const found = new Map();
    const { program } = this.#read(path);
    for (const node of program.body) {
      if (node.type === "ExportAllDeclaration" && node.exported == null)
        for (const [name, each] of this.exportsOf(targetOf(path, node.source.value)))
          if (!found.has(name)) found.set(name, each);
      if (node.type !== "ExportNamedDeclaration") continue;
      for (const { local, exported } of node.specifiers) {
        const from = node.source ? targetOf(path, node.source.value) : path;
        found.set(nameOf(exported), this.#declared(from, nameOf(local), node.source === null));
      }
      for (const name of declaredNames(node.declaration)) found.set(name, this.#declared(path, name, true));
    }
    return found;
  }

  /** The declarations of a name in a file, wherever that file has them from. */
  #declared(path, name, here) {
    if (!here) {
      const there = this.exportsOf(path).get(name);
      if (there === undefined) throw new Error(`${path} does not export ${name}`);
      return there;
    }
    const file = this.#read(path);
    const declarations = file.program.body.flatMap((node) => {
      const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node;
      return declaredNames(declaration).includes(name) ? [this.#describe(file, node, declaration, name)] : [];
    });
    const type = classOf(declarations);
    if (type !== undefined) return this.#declared(path, type, true);
    if (declarations.length > 0) return declarations;
    for (const node of file.program.body) {
      if (node.type !== "ImportDeclaration") continue;
      const one = node.specifiers.find((each) => each.local.name === name);
      if (one) return this.#declared(targetOf(path, node.source.value), nameOf(one.imported), false);
    }
    throw new Error(`${path} has no declaration of ${name}`);
  }

  #describe(file, node, declaration, name) {
    const members = membersOf(declaration)
      .filter((member) => isShown(member, file))
      .map((member) => ({
        name: memberName(member, file),
        text: oneLine(withoutComments(file, member.start, member.end).replace(/;$/, "")),
        doc: docBefore(file, member.start),
      }));
    const end = declaration.type === "VariableDeclaration" ? node.end : declaration.end;
    return {
      name,
      kind: kindOf(declaration),
      type: declaration.declarations?.[0].id.typeAnnotation?.typeAnnotation,
      path: file.path,
      head: headOf(file, declaration),
      text: withoutComments(file, declaration.start, end)
        .replace(/^declare /, "")
        .replace(/;$/, ""),
      members,
      bases: this.#basesOf(file, declaration),
      doc: docBefore(file, node.start),
    };
  }

  /** The declarations that an interface extends, by name. Those of other packages and of the language are left out. */
  #basesOf(file, declaration) {
    if (declaration.type !== "TSInterfaceDeclaration") return [];
    return declaration.extends.flatMap(({ expression }) => {
      try {
        return [{ name: expression.name, declarations: this.#declared(file.path, expression.name, true) }];
      } catch {
        return [];
      }
    });
  }

  #read(path) {
    let file = this.#files.get(path);
    if (file === undefined) {
      if (!existsSync(path)) throw new Error(`${path} is missing: run npx tsc -b first`);
      const text = readFileSync(path, "utf8");
      const { program, comments, errors } = parseSync(path, text);
      if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
      const docs = new Map(
        comments
          .filter((each) => each.type === "Block" && each.value.startsWith("*"))
          .map((each) => [each.end, readDocstring(each.value)]),
      );
      file = { path, text, program, comments, docs };
      this.#files.set(path, file);
    }
    return file;
  }
}

const targetOf = (from, specifier) => join(dirname(from), specifier).replace(/\.js$/, ".d.ts");

/** The class that a constant stands for: `const XdrReader: typeof Reader`, with a type of the same name. */
function classOf(declarations) {
  if (!declarations.some(({ kind }) => kind === "type")) return undefined;
  return declarations.find(({ type }) => type?.type === "TSTypeQuery")?.type.exprName.name;
}

const nameOf = (node) => node.name ?? node.value;

function declaredNames(declaration) {
  if (declaration == null) return [];
  if (declaration.type === "VariableDeclaration") return declaration.declarations.map((each) => each.id.name);
  return declaration.id == null ? [] : [declaration.id.name];
}

function kindOf(declaration) {
  switch (declaration.type) {
    case "ClassDeclaration":
      return "class";
    case "TSInterfaceDeclaration":
      return "interface";
    case "TSTypeAliasDeclaration":
      return "type";
    case "VariableDeclaration":
      return "constant";
    default:
      return "function";
  }
}

/** Class, interface, and aliases of an object type have members. */
function membersOf(declaration) {
  if (declaration.type === "TSTypeAliasDeclaration")
    return declaration.typeAnnotation.type === "TSTypeLiteral" ? declaration.typeAnnotation.members : [];
  if (declaration.type !== "ClassDeclaration" && declaration.type !== "TSInterfaceDeclaration") return [];
  return declaration.body.body;
}

function isShown(member, file) {
  if (member.accessibility === "private" || member.key?.type === "PrivateIdentifier") return false;
  if (member.computed && (member.key.type === "Identifier" || member.static)) return false;
  return !docBefore(file, member.start)?.tags.some(({ tag }) => tag === "internal");
}

function memberName(member, file) {
  if (member.key === undefined) return "";
  const name = file.text.slice(member.key.start, member.key.end);
  return member.computed ? `[${name}]` : name;
}

/** The first line of a class or interface, up to its brace. */
function headOf(file, declaration) {
  const body = declaration.body ?? declaration.typeAnnotation;
  if (body === undefined || membersOf(declaration).length === 0) return undefined;
  return oneLine(withoutComments(file, declaration.start, body.start)).replace(/^declare /, "");
}

function docBefore(file, start) {
  const before = file.text.slice(0, start).trimEnd();
  return file.docs.get(before.length);
}

function withoutComments(file, start, end) {
  let text = "";
  let from = start;
  for (const comment of file.comments) {
    if (comment.start < start || comment.end > end) continue;
    text += file.text.slice(from, comment.start);
    from = comment.end;
  }
  return (text + file.text.slice(from, end)).replaceAll(/\n\s*(?=\n)/g, "");
}

const oneLine = (text) => text.replaceAll(/\s+/g, " ").trim();
