// Random interface files that are sound: they compile, and where asked so by rpcgen and C as well. Over the whole
// language: every declaration, discriminant and kind of recursion, constants of every form, several versions.
import { NameSource } from "./hostile-names.js";
import { pick, type Random } from "./random.js";

export interface SoundOptions {
  /** Only what rpcgen reads and C compiles, every type before it is used. */
  readonly forC?: boolean;
  /** Names to prefer. */
  readonly names?: readonly string[];
  /** Before each name of a definition or procedure, so that files can be joined. */
  readonly prefix?: string;
  /** The most definitions beside the program; otherwise 3 to 10. */
  readonly most?: number;
}

/** The text of a file: the same for the same choices. */
export function soundInterface(random: Random, options: SoundOptions = {}): string {
  return new SoundWriter(random, options).file();
}

interface Known {
  readonly name: string;
  /** Whether a union may be told apart by it, and its members where it is an enum. */
  readonly discriminant?: "int" | "unsigned int" | "bool" | readonly string[];
  /** Whether it is a pointer behind its typedefs: no pointer to it. */
  readonly isPointer?: boolean;
  /** The greatest number of bytes, about: what is large is not repeated. */
  readonly large?: boolean;
}

const BASIC = [
  "int",
  "unsigned int",
  "hyper",
  "unsigned hyper",
  "float",
  "double",
  "bool",
  "unsigned",
  "long",
  "u_int",
];
const FOR_US = ["quadruple", "uint64_t", "int32_t", "u_quad_t", "bool_t", "long long", "unsigned char"];

class SoundWriter {
  readonly #random: Random;
  readonly #options: SoundOptions;
  readonly #names: NameSource;
  readonly #types: Known[] = [];
  readonly #lengths: string[] = ["1", "3", "8"];
  /** The definition that is being written, which may hold itself. */
  #self: string | undefined;

  constructor(random: Random, options: SoundOptions) {
    this.#random = random;
    this.#options = options;
    this.#names = new NameSource(random, options.names ?? []);
  }

  file(): string {
    const { most } = this.#options;
    const count = most === undefined ? 3 + this.#random(8) : 1 + this.#random(most);
    const parts = Array.from({ length: count }, () => this.#definition());
    if (this.#random(3) > 0) parts.push(this.#program());
    return `${parts.join("\n")}\n`;
  }

  #definition(): string {
    switch (this.#random(9)) {
      case 0:
        return this.#constant();
      case 1:
        return this.#enumeration();
      case 2:
      case 3:
        return this.#typedef();
      case 4:
      case 5:
        return this.#union();
      default:
        return this.#struct();
    }
  }

  #constant(): string {
    const name = this.#name("LIMIT");
    const ofC = ["1", "7", "0x10", "017", "2"];
    const ours = ["(2 + 1) << 1", "0xF & 6", "'\\t'", `${pick(this.#random, this.#lengths)} * 2`, "5 % 3", "~-4"];
    const value = pick(this.#random, this.#options.forC ? ofC : [...ofC, ...ours]);
    this.#lengths.push(name);
    if (!this.#options.forC && this.#random(8) === 0)
      return `const ${name} = ${value};\nconst ${this.#name("TEXT")} = "a\\"b";`;
    const isMacro = this.#random(4) === 0 && !value.includes("'") && this.#options.prefix === undefined;
    if (!isMacro) return `const ${name} = ${value};`;
    this.#names.macro(name);
    return `#define ${name} (${value})`.replace(/[()]/g, this.#options.forC ? "" : "$&");
  }

  #enumeration(): string {
    const name = this.#name("kind");
    const { text, members } = this.#enumBody();
    this.#types.push({ name, discriminant: members });
    return `enum ${name} ${text};`;
  }

  #enumBody(): { text: string; members: string[] } {
    const members = Array.from({ length: 1 + this.#random(5) }, () => this.#name("MEMBER"));
    let next = this.#random(6) - 3;
    const texts = members.map((member) => {
      const implied = this.#random(4) === 0;
      const value = implied ? next : next + this.#random(9);
      next = value + 1;
      return implied && member !== members[0] ? member : `${member} = ${value}`;
    });
    return { text: `{ ${texts.join(", ")} }`, members };
  }

  #typedef(): string {
    const name = this.#name("type");
    const declared = this.#declaration(name);
    this.#types.push({ ...declared.known, name });
    return `typedef ${declared.text};`;
  }

  #struct(): string {
    const name = this.#name("record");
    this.#self = name;
    const body = this.#structBody(name);
    this.#self = undefined;
    this.#types.push({ name, large: body.large });
    return `struct ${name} ${body.text};`;
  }

  #structBody(self?: string): { text: string; large: boolean } {
    const names = this.#names.inner();
    const fields = Array.from({ length: 1 + this.#random(5) }, () => this.#declaration(names.next("field")));
    const link = self !== undefined && this.#random(4) === 0 ? `struct ${self} *${names.next("next")};` : "";
    const large = fields.some(({ known }) => known.large === true);
    return { text: `{ ${fields.map(({ text }) => `${text};`).join(" ")} ${link} }`, large };
  }

  #union(): string {
    const name = this.#name("choice");
    this.#self = name;
    const body = this.#unionBody();
    this.#self = undefined;
    this.#types.push({ name, large: true });
    return `union ${name} ${body};`;
  }

  #unionBody(): string {
    const names = this.#names.inner();
    const typed = this.#types.filter(({ discriminant }) => discriminant !== undefined);
    const basic: Known[] = (["int", "unsigned int", "bool"] as const).map((one) => ({ name: one, discriminant: one }));
    const tag = pick(this.#random, [...typed, ...typed, ...basic]);
    const tagName = names.next("tag");
    const labels = shuffled(this.#random, labelsOf(tag.discriminant ?? "int"));
    const isWhole = this.#random(3) === 0;
    const listed = labels.slice(0, 1 + this.#random(labels.length));
    const arms: string[] = [];
    while (listed.length > 0) {
      const cases = listed.splice(0, 1 + this.#random(2)).map((label) => `case ${label}:`);
      arms.push(`${cases.join(" ")} ${this.#arm(names)}`);
    }
    if (!isWhole) arms.push(`default: ${this.#arm(names)}`);
    return `switch (${tag.name} ${tagName}) { ${arms.join(" ")} }`;
  }

  #arm(names: NameSource): string {
    return this.#random(3) === 0 ? "void;" : `${this.#declaration(names.next("arm")).text};`;
  }

  #declaration(name: string): { text: string; known: Omit<Known, "name"> } {
    const bound = pick(this.#random, this.#lengths);
    const most = this.#random(3) === 0 ? "" : bound;
    const type = this.#type();
    switch (this.#random(12)) {
      case 0:
        return { text: `opaque ${name}[${bound}]`, known: {} };
      case 1:
        return { text: `opaque ${name}<${most}>`, known: {} };
      case 2:
        return { text: `string ${name}<${most}>`, known: {} };
      case 3:
        if (type.large) break;
        return { text: `${type.name} ${name}[${bound}]`, known: { large: true } };
      case 4:
        return { text: `${type.name} ${name}<${most}>`, known: { large: true } };
      case 5:
        if (type.isPointer) break;
        return { text: `${type.name} *${name}`, known: { isPointer: true } };
      case 6:
        if (this.#self === undefined) break;
        return pick(this.#random, [
          { text: `${this.#self} *${name}`, known: { isPointer: true } },
          // C knows the type only as a struct until it is whole.
          ...(this.#options.forC ? [] : [{ text: `${this.#self} ${name}<${most}>`, known: { large: true } }]),
        ]);
      case 7:
        if (this.#options.forC) break;
        return this.#nested(name);
      default:
    }
    const { name: typeName, ...known } = type;
    return { text: `${typeName} ${name}`, known };
  }

  /** A type without a name, or an enum in place. */
  #nested(name: string): { text: string; known: Omit<Known, "name"> } {
    const self = this.#self;
    this.#self = undefined;
    const kind = this.#random(3);
    const text =
      kind === 0
        ? `struct ${this.#structBody().text} ${name}`
        : kind === 1
          ? `union ${this.#unionBody()} ${name}`
          : `enum ${this.#enumBody().text} ${name}`;
    this.#self = self;
    return { text, known: { large: true } };
  }

  #type(): Known {
    if (this.#types.length > 0 && this.#random(2) === 0) return pick(this.#random, this.#types);
    const name = pick(this.#random, this.#options.forC ? BASIC : [...BASIC, ...FOR_US]);
    const kinds: Readonly<Record<string, Known["discriminant"]>> = {
      int: "int",
      // libtirpc (1.3.3) leaves out the sign of a long when it decodes, and so misses a union's negative cases.
      ...(this.#options.forC ? {} : { long: "int" as const }),
      "unsigned int": "unsigned int",
      unsigned: "unsigned int",
      u_int: "unsigned int",
      bool: "bool",
    };
    const discriminant = kinds[name];
    return discriminant === undefined ? { name } : { name, discriminant };
  }

  #program(): string {
    const name = this.#name("PROGRAM");
    const versions = Array.from({ length: 1 + this.#random(2) }, (_, i) => this.#version(i + 1));
    return `program ${name} { ${versions.join("\n")} } = ${0x2000_0000 + this.#random(1000)};`;
  }

  #version(number: number): string {
    const names = this.#names.inner();
    const procedures = Array.from({ length: 1 + this.#random(5) }, (_, i) =>
      this.#procedure(`${this.#options.prefix ?? ""}${names.next("CALL")}`, i),
    );
    return `version ${this.#name("VERSION")} {\n${procedures.join("\n")}\n} = ${number};`;
  }

  #procedure(name: string, number: number): string {
    const args = Array.from({ length: this.#random(4) }, () => this.#type().name);
    const result = this.#random(4) === 0 ? "void" : this.#type().name;
    return `  ${result} ${name}(${args.length === 0 ? "void" : args.join(", ")}) = ${number};`;
  }

  #name(kind: string): string {
    return `${this.#options.prefix ?? ""}${this.#names.next(kind)}`;
  }
}

function labelsOf(discriminant: NonNullable<Known["discriminant"]>): string[] {
  if (discriminant === "bool") return ["TRUE", "FALSE"];
  if (discriminant === "int") return ["0", "1", "-5", "0x7f", "77", "2"];
  if (discriminant === "unsigned int") return ["0", "1", "4000000000", "0x7f", "77", "2"];
  return [...discriminant];
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => [random(1000), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
