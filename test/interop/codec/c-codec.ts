// rpcgen's codec of an interface file, as a process that answers over its standard input and output (driver.c).
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { basename } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { InterfaceModule } from "lupine/idl";
import { compile } from "../harness/compile.js";
import { codedTypes, printers } from "./c-printer.js";

/** What C made of some bytes. */
export interface Answer {
  /** Bytes that it did not consume; undefined when it refused them. */
  readonly left: number | undefined;
  /** The value, in the form of plain.ts. */
  readonly text: string;
  /** The value encoded again. */
  readonly bytes: Buffer;
}

export class CCodec {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #types: readonly string[];
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #received: Buffer = Buffer.alloc(0);

  /** Compiles rpcgen's codec for the interface file at `path`, from the project's folder, and starts it. */
  constructor(path: string, module: InterfaceModule) {
    const name = basename(path, ".x");
    const codec = "test/interop/codec";
    const program = compile({
      interface: path,
      sources: [`${codec}/driver.c`, `${codec}/driver.h`],
      texts: { "printers.c": printers(module, `${name}.h`) },
      rpcgen: [
        ["-C", "-N", "-h", "-o", `${name}.h`],
        ["-C", "-N", "-c", "-o", `${name}_xdr.c`],
      ],
      link: ["driver.c", "printers.c", `${name}_xdr.c`],
    });
    this.#types = codedTypes(module).map((type) => type.name);
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  /** Lets C decode bytes as that type. */
  decode(type: string, bytes: Uint8Array): Promise<Answer> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(this.#types.indexOf(type), 0);
    head.writeUInt32BE(bytes.length, 4);
    this.#child.stdin.write(Buffer.concat([head, bytes]));
    return new Promise((resolve, reject) => {
      this.#child.once("exit", reject);
      this.#waiting.push((answer) => {
        this.#child.off("exit", reject);
        resolve(answer);
      });
    });
  }

  close(): void {
    this.#child.stdin.end();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const text = block(this.#received, 4);
      const bytes = text === undefined ? undefined : block(this.#received, text.end);
      if (text === undefined || bytes === undefined) return;
      const left = this.#received.readUInt32BE(0);
      this.#received = this.#received.subarray(bytes.end);
      this.#waiting.shift()?.({
        left: left === 0xffff_ffff ? undefined : left,
        text: text.data.toString(),
        bytes: bytes.data,
      });
    }
  }
}

function block(from: Buffer, at: number): { data: Buffer; end: number } | undefined {
  if (from.length < at + 4) return undefined;
  const end = at + 4 + from.readUInt32BE(at);
  return from.length < end ? undefined : { data: from.subarray(at + 4, end), end };
}
