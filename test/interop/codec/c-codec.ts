// rpcgen's codec of an interface file, as a process that answers over its standard input and output (driver.c).
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { basename, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { TypeDefinition } from "lupine/idl";
import { compile, project } from "../harness/compile.js";
import { codedTypes, printers } from "./c-printer.js";
import { compileFile } from "./ours.js";

/** What C made of some bytes. */
export interface Answer {
  /** Bytes that it did not consume; undefined when it refused them. */
  readonly left: number | undefined;
  /** The value, in the form of plain.ts. */
  readonly text: string;
  /** The value encoded again. */
  readonly bytes: Buffer;
}

/** Takes the place of <rpc/rpc.h> for the interfaces that RPC is made of, whose names libtirpc's headers have as well. */
const fewHeaders = `#define _TIRPC_RPC_H
#include <rpc/types.h>
#include <rpc/xdr.h>
typedef struct client CLIENT;
typedef struct server SVCXPRT;
struct svc_req;
#define netbuf own_netbuf
#define xdr_rpcprog_t xdr_u_int32_t
#define xdr_rpcvers_t xdr_u_int32_t
#define xdr_rpcproc_t xdr_u_int32_t
`;

/** What C code of some files asks for, and nobody has: a fixture's own header. */
const headers: Readonly<Record<string, string>> = { "x.h": "" };

/**
 * rpcgen says bool, which C has not, where it writes fixed arrays of bools in place; crypt.x uses a macro of FreeBSD's.
 */
const macros: readonly string[] = ["-Dbool=bool_t", "-D__FBSDID(id)="];

export class CCodec {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #types: readonly string[];
  readonly #waiting: { resolve(answer: Answer): void; reject(why: Error): void }[] = [];
  #received: Buffer = Buffer.alloc(0);

  /**
   * Compiles rpcgen's codec for the interface file at `path`, from the project's folder, and starts it.
   * @param types those that rpcgen makes routines for.
   */
  constructor(path: string, types: readonly TypeDefinition[]) {
    const { module, sources } = compileFile(path);
    const imports = module?.imports ?? [];
    const interfaces = [path, ...imports.map(({ file }) => file)];
    const allTypes = [...types, ...imports.flatMap(codedTypes)];
    const names = interfaces.map((file) => basename(file, ".x"));
    const codec = "test/interop/codec";
    const beside = sources.map(({ file }) => file).filter((file) => file !== resolve(project, path));
    const program = compile({
      interface: path,
      sources: [`${codec}/driver.c`, `${codec}/driver.h`, `${codec}/random.h`, ...beside],
      texts: { "printers.c": printers(allTypes, `${names[0]}.h`), "few.h": fewHeaders, ...headers },
      flags: [...macros, ...(isOfRpc(path) ? ["-include", "few.h"] : [])],
      rpcgen: names.flatMap((name) => [
        ["-C", "-N", "-h", "-o", `${name}.h`, `${name}.x`],
        ["-C", "-N", "-c", "-o", `${name}_xdr.c`, `${name}.x`],
      ]),
      link: ["driver.c", "printers.c", ...names.map((name) => `${name}_xdr.c`)],
    });
    this.#types = types.map((type) => type.name);
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#child.once("exit", (code, signal) => {
      for (const { reject } of this.#waiting) reject(new Error(`the C codec of ${path} ended with ${signal ?? code}`));
    });
  }

  /** Lets C decode bytes as that type. */
  decode(type: string, bytes: Uint8Array): Promise<Answer> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(this.#types.indexOf(type), 0);
    head.writeUInt32BE(bytes.length, 4);
    return this.#ask(Buffer.concat([head, bytes]));
  }

  /** As `decode`, for bytes from which C may crash or take all memory: in a process of its own. */
  tryDecode(type: string, bytes: Uint8Array): Promise<Answer> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE((0x8000_0000 | this.#types.indexOf(type)) >>> 0, 0);
    head.writeUInt32BE(bytes.length, 4);
    return this.#ask(Buffer.concat([head, bytes]));
  }

  /** Lets C make a random value of that type. */
  make(type: string, seed: number): Promise<Answer> {
    const request = Buffer.alloc(12);
    request.writeUInt32BE(this.#types.indexOf(type), 0);
    request.writeUInt32BE(0xffff_ffff, 4);
    request.writeUInt32BE(seed, 8);
    return this.#ask(request);
  }

  #ask(request: Buffer): Promise<Answer> {
    this.#child.stdin.write(request);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
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
      this.#waiting.shift()?.resolve({
        left: left === 0xffff_ffff ? undefined : left,
        text: text.data.toString(),
        bytes: bytes.data,
      });
    }
  }
}

function isOfRpc(path: string): boolean {
  return path.startsWith("src/") || path.endsWith("/rpcb_prot.x");
}

function block(from: Buffer, at: number): { data: Buffer; end: number } | undefined {
  if (from.length < at + 4) return undefined;
  const end = at + 4 + from.readUInt32BE(at);
  return from.length < end ? undefined : { data: from.subarray(at + 4, end), end };
}
