// Random interface files over the whole grammar of RFC 4506 section 6.3 and RFC 5531 section 12.2, some of them with a
// fault: a word left out, said twice, or another in its place.

const BASIC = [
  "int",
  "unsigned int",
  "unsigned",
  "hyper",
  "unsigned hyper",
  "float",
  "double",
  "bool",
  "long",
  "u_int",
];

/** The text of a file: the same for the same seed. */
export function randomInterface(seed: number): string {
  const writer = new InterfaceWriter(seed);
  const words = writer.file();
  if (seed % 3 === 0) writer.spoil(words);
  return `${words.join(" ").replaceAll(/ ([;{}]) /g, " $1\n")}\n`;
}

class InterfaceWriter {
  private state: number;
  private readonly types: string[] = [];
  private readonly constants: string[] = ["3"];
  private count = 0;

  constructor(seed: number) {
    this.state = (Math.imul(seed + 1, 0x9e37_79b1) | 1) >>> 0;
  }

  file(): string[] {
    const definitions = Array.from({ length: 1 + this.below(6) }, () => this.definition());
    if (this.below(2) === 0) definitions.push(this.program());
    return definitions.flat();
  }

  spoil(words: string[]): void {
    const at = this.below(words.length);
    const other = words[this.below(words.length)] as string;
    const replacement = this.pick([[], [words[at] as string, words[at] as string], [other]]);
    words.splice(at, 1, ...replacement);
  }

  private definition(): string[] {
    const make = this.pick([this.constant, this.typedef, this.enumeration, this.struct, this.union]);
    return make.call(this);
  }

  private constant(): string[] {
    const name = this.name("LIMIT");
    this.constants.push(name);
    return ["const", name, "=", this.pick(["1", "7", "0x10", "017", "100"]), ";"];
  }

  private typedef(): string[] {
    const name = this.name("type");
    const words = ["typedef", ...this.declaration(name), ";"];
    this.types.push(name);
    return words;
  }

  private enumeration(): string[] {
    const name = this.name("kind");
    const members = Array.from({ length: 1 + this.below(4) }, (_, i) => [this.name("MEMBER"), "=", `${i * 3 - 1}`]);
    this.types.push(name);
    return ["enum", name, "{", ...members.flatMap((member, i) => (i === 0 ? member : [",", ...member])), "}", ";"];
  }

  private struct(): string[] {
    const name = this.name("record");
    const fields = Array.from({ length: 1 + this.below(5) }, (_, i) => [...this.declaration(`field_${i}`), ";"]);
    const link = this.below(4) === 0 ? [name, "*", "next", ";"] : [];
    this.types.push(name);
    return ["struct", name, "{", ...fields.flat(), ...link, "}", ";"];
  }

  private union(): string[] {
    const name = this.name("choice");
    const isBool = this.below(3) === 0;
    const labels = isBool ? ["TRUE", "FALSE"] : ["0", "1", "-5", "0x7f"];
    const cases = labels
      .slice(0, 1 + this.below(labels.length))
      .map((label, i) => ["case", label, ":", ...this.arm(i)]);
    const rest = this.below(2) === 0 || isBool ? [] : ["default", ":", ...this.arm(9)];
    this.types.push(name);
    const tag = isBool ? "bool" : this.pick(["int", "unsigned int"]);
    // A negative number is no value of an unsigned int.
    const sound = tag === "unsigned int" ? cases.filter((words) => words[1] !== "-5") : cases;
    return ["union", name, "switch", "(", tag, "tag", ")", "{", ...sound.flat(), ...rest, "}", ";"];
  }

  private arm(i: number): string[] {
    return this.below(4) === 0 ? ["void", ";"] : [...this.declaration(`arm_${i}`), ";"];
  }

  private declaration(name: string): string[] {
    const bound = this.pick(this.constants);
    switch (this.below(9)) {
      case 0:
        return ["opaque", name, "[", bound, "]"];
      case 1:
        return ["opaque", name, "<", this.pick([bound, ""]), ">"].filter((word) => word !== "");
      case 2:
        return ["string", name, "<", this.pick([bound, ""]), ">"].filter((word) => word !== "");
      case 3:
        return [this.type(), name, "[", bound, "]"];
      case 4:
        return [this.type(), name, "<", this.pick([bound, ""]), ">"].filter((word) => word !== "");
      case 5:
        return [this.type(), "*", name];
      default:
        return [this.type(), name];
    }
  }

  private program(): string[] {
    const procedures = Array.from({ length: 1 + this.below(3) }, (_, i) => {
      const argument = this.pick(["void", this.type(), "string"]);
      return [this.pick(["void", this.type()]), this.name("CALL"), "(", argument, ")", "=", String(i), ";"];
    });
    const version = ["version", this.name("VERSION"), "{", ...procedures.flat(), "}", "=", "1", ";"];
    return ["program", this.name("PROGRAM"), "{", ...version, "}", "=", "0x20000001", ";"];
  }

  private type(): string {
    return this.types.length > 0 && this.below(2) === 0 ? this.pick(this.types) : this.pick(BASIC);
  }

  private name(kind: string): string {
    this.count++;
    return `${kind}_${this.count}`;
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  private below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }
}
