// The C side of the system's GSSAPI library (RFC 2744): its functions and structures, as koffi calls them. koffi is given memory, and
// neither reads nor makes objects: both run JavaScript, and end the process if the worker thread is being terminated.
import { importKoffi } from "../../machine/native.js";

const libraryNames = ["libgssapi_krb5.so.2", "libgssapi_krb5.dylib", "/System/Library/Frameworks/GSS.framework/GSS"];

/** The package and the library; undefined for what is not there. */
export async function openLibrary(): Promise<{ readonly koffi?: Koffi; readonly library?: Library }> {
  const koffi = (await importKoffi()) as Koffi | undefined;
  if (koffi === undefined) return {};
  for (const name of libraryNames) {
    try {
      return { koffi, library: koffi.load(name) };
    } catch {}
  }
  return { koffi };
}

/** A pointer of the library: opaque here. */
export type Pointer = bigint | null;

export interface LucidKey {
  readonly type: number;
  readonly length: number;
  readonly data: Pointer;
}

/** The part of `gss_krb5_lucid_context_v1_t` that is used. */
export interface LucidContext {
  readonly isInitiator: boolean;
  readonly sendSequence: bigint;
  readonly receiveSequence: bigint;
  readonly hasSubkey: boolean;
  readonly key: LucidKey;
  readonly subkey: LucidKey;
}

/** Where the members of `gss_krb5_lucid_context_v1_t` are. */
export class LucidLayout {
  readonly size: number;
  readonly #offsetOf: (member: string) => number;

  constructor(koffi: Koffi) {
    const key = koffi.struct({ type: "uint32_t", length: "uint32_t", data: "void *" });
    const type = koffi.struct({
      version: "uint32_t",
      initiate: "uint32_t",
      endTime: "uint32_t",
      sendSequence: "uint64_t",
      receiveSequence: "uint64_t",
      protocol: "uint32_t",
      signAlgorithm: "uint32_t",
      sealAlgorithm: "uint32_t",
      oldKey: key,
      hasSubkey: "uint32_t",
      key,
      subkey: key,
    });
    this.size = koffi.sizeof(type);
    this.#offsetOf = (member) => koffi.offsetof(type, member);
  }

  /** Reads a copy of such a structure. */
  read(koffi: Koffi, bytes: Uint8Array): LucidContext {
    const wordAt = (at: number): number => new Uint32Array(bytes.buffer, at, 1)[0] ?? 0;
    const numberAt = (member: string): bigint => new BigUint64Array(bytes.buffer, this.#offsetOf(member), 1)[0] ?? 0n;
    const keyAt = (member: string): LucidKey => {
      const at = this.#offsetOf(member);
      const data = new Structure(koffi, [null]);
      data.bytes.set(bytes.subarray(at + 8, at + 8 + data.bytes.length));
      return { type: wordAt(at), length: wordAt(at + 4), data: data.pointer() };
    };
    return {
      isInitiator: wordAt(this.#offsetOf("initiate")) !== 0,
      sendSequence: numberAt("sendSequence"),
      receiveSequence: numberAt("receiveSequence"),
      hasSubkey: wordAt(this.#offsetOf("hasSubkey")) !== 0,
      key: keyAt("key"),
      subkey: keyAt("subkey"),
    };
  }
}

/** The part of koffi that is used. */
export interface Koffi {
  load(name: string | null): Library;
  struct(members: { readonly [name: string]: unknown }): unknown;
  sizeof(type: unknown): number;
  offsetof(type: unknown, member: string): number;
  address(memory: Uint8Array): bigint;
}

/** A member of a structure: a number, a pointer, or memory that is pointed to. */
export type Member = number | Pointer | Uint8Array | Structure;

/** Memory of C, whose members all have the size of a pointer: structures with numbers, and places for results. */
export class Structure {
  readonly bytes: Uint8Array;
  /** The memory that is pointed to: it lives as long as this. */
  readonly members: readonly Member[];
  readonly #values: BigUint64Array | Uint32Array;

  constructor(koffi: Koffi, members: readonly Member[]) {
    const values = members.map((member) => numberOf(koffi, member));
    const isWide = koffi.sizeof("void *") === 8;
    this.#values = isWide ? BigUint64Array.from(values) : Uint32Array.from(values, Number);
    this.bytes = new Uint8Array(this.#values.buffer);
    this.members = members;
  }

  /** A member that is a pointer. */
  pointer(at = 0): Pointer {
    const value = BigInt(this.#values[at] ?? 0);
    return value === 0n ? null : value;
  }

  /** A member that is a number of the size of a pointer. */
  number(at: number): number {
    return Number(this.#values[at] ?? 0);
  }

  /** The first member, which has 32 bits whatever the size of a pointer. */
  get word(): number {
    return new Uint32Array(this.#values.buffer)[0] ?? 0;
  }

  /** Sets a member that has 32 bits. */
  setWord(value: number, at = 0): this {
    new Uint32Array(this.#values.buffer)[(at * this.#values.BYTES_PER_ELEMENT) / 4] = value;
    return this;
  }
}

function numberOf(koffi: Koffi, member: Member): bigint {
  if (member === null) return 0n;
  if (member instanceof Structure) return koffi.address(member.bytes);
  return member instanceof Uint8Array ? addressOf(koffi, member) : BigInt(member);
}

// Empty memory has no address, but the library wants a pointer.
function addressOf(koffi: Koffi, bytes: Uint8Array): bigint {
  return bytes.length === 0 ? koffi.address(oneByte) : koffi.address(bytes);
}

const oneByte = new Uint8Array(1);

export interface Library {
  func(name: string, result: string, parameters: readonly unknown[]): CFunction;
}

export type CFunction = ((...args: unknown[]) => number) & { async(...args: unknown[]): void };

export type Functions = ReturnType<typeof declare>;

export function declare(koffi: Koffi, library: Library) {
  const pointer = "void *";
  const word = "uint32_t";
  const func = (name: string, ...parameters: readonly string[]) => library.func(name, word, [pointer, ...parameters]);
  const optional = (name: string, ...parameters: readonly string[]) => {
    try {
      return func(name, ...parameters);
    } catch {
      return undefined;
    }
  };
  /** `count` pointers. */
  const pointers = (count: number): readonly string[] => Array.from({ length: count }, () => pointer);
  return {
    importName: func("gss_import_name", ...pointers(3)),
    releaseName: func("gss_release_name", pointer),
    displayName: func("gss_display_name", ...pointers(3)),
    acquire: func("gss_acquire_cred_from", pointer, word, pointer, "int", ...pointers(4)),
    releaseCredential: func("gss_release_cred", pointer),
    setCredentialOption: optional("gss_set_cred_option", ...pointers(3)),
    inquireCredential: func("gss_inquire_cred", ...pointers(5)),
    initiate: func("gss_init_sec_context", ...pointers(4), word, word, ...pointers(6)),
    accept: func("gss_accept_sec_context", ...pointers(10)),
    deleteContext: func("gss_delete_sec_context", ...pointers(2)),
    getMic: func("gss_get_mic", pointer, word, ...pointers(2)),
    verifyMic: func("gss_verify_mic", ...pointers(4)),
    wrap: func("gss_wrap", pointer, "int", word, ...pointers(3)),
    unwrap: func("gss_unwrap", ...pointers(5)),
    storeCredential: optional("gss_store_cred_into", pointer, "int", pointer, word, word, ...pointers(3)),
    releaseBuffer: func("gss_release_buffer", pointer),
    displayStatus: func("gss_display_status", word, "int", ...pointers(3)),
    inquire: optional("gss_inquire_sec_context_by_oid", ...pointers(3)),
    releaseSet: optional("gss_release_buffer_set", pointer),
    exportKeys: optional("gss_krb5_export_lucid_sec_context", pointer, word, pointer),
    freeKeys: optional("gss_krb5_free_lucid_sec_context", pointer),
    copy: koffi.load(null).func("memcpy", pointer, [pointer, pointer, "size_t"]),
  };
}

export type Argument = number | Pointer | Uint8Array | Structure;

/** Calls a function. */
export function callNow(func: CFunction, args: readonly Argument[]): number {
  return func(...args.map(passed));
}

/** Calls a function on another thread. */
export function onThread(func: CFunction, args: readonly Argument[]): Promise<number> {
  return new Promise((resolve, reject) => {
    // The function reads and writes the memory of the arguments until it ends: they must not be collected before.
    func.async(...args.map(passed), (error: unknown, status: number) =>
      error === null ? resolve(status) : reject(error ?? args),
    );
  });
}

function passed(argument: Argument): number | Pointer | Uint8Array {
  return argument instanceof Structure ? argument.bytes : argument;
}
