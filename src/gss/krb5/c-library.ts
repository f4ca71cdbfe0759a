// The C side of the system's GSSAPI library (RFC 2744): its functions and structures, as koffi calls them.
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

/** `gss_buffer_desc`. */
export interface CBuffer {
  readonly length?: number | bigint;
  readonly value?: Pointer;
}

export interface LucidKey {
  readonly type: number;
  readonly length: number;
  readonly data: Pointer;
}

export interface LucidContext {
  readonly initiate: number;
  readonly sendSequence: number | bigint;
  readonly receiveSequence: number | bigint;
  readonly hasSubkey: number;
  readonly key: LucidKey;
  readonly subkey: LucidKey;
}

/** `gss_krb5_lucid_context_v1_t`. */
export function lucidContext(koffi: Koffi): unknown {
  const key = koffi.struct({ type: "uint32_t", length: "uint32_t", data: "void *" });
  return koffi.struct({
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
}
/** The part of koffi that is used. */
export interface Koffi {
  load(name: string): Library;
  struct(members: { readonly [name: string]: unknown }): unknown;
  pointer(type: unknown, count?: number): unknown;
  array(type: unknown, length: number): unknown;
  out(type: unknown): unknown;
  inout(type: unknown): unknown;
  decode(pointer: unknown, type: unknown, length?: number): unknown;
}

export interface Library {
  func(name: string, result: string, parameters: readonly unknown[]): CFunction;
}

export type CFunction = ((...args: unknown[]) => number) & { async(...args: unknown[]): void };

export type Functions = ReturnType<typeof declare>;

export function declare(koffi: Koffi, library: Library) {
  const buffer = koffi.pointer(koffi.struct({ length: "size_t", value: "void *" }));
  const oidType = koffi.struct({ length: "uint32_t", elements: "void *" });
  const oidPointer = koffi.pointer(oidType);
  const oidSet = koffi.pointer(koffi.struct({ count: "size_t", elements: koffi.pointer(oidType) }));
  const element = koffi.struct({ key: "const char *", value: "const char *" });
  const store = koffi.pointer(koffi.struct({ count: "uint32_t", elements: koffi.pointer(element) }));
  const pointer = "void *";
  const word = "uint32_t";
  const outWord = koffi.out("uint32_t *");
  const outPointer = koffi.out("void **");
  const inoutPointer = koffi.inout("void **");
  const outBuffer = koffi.out(buffer);
  const func = (name: string, ...parameters: readonly unknown[]) =>
    library.func(name, "uint32_t", [outWord, ...parameters]);
  const optional = (name: string, ...parameters: readonly unknown[]) => {
    try {
      return func(name, ...parameters);
    } catch {
      return undefined;
    }
  };
  return {
    importName: func("gss_import_name", buffer, oidPointer, outPointer),
    releaseName: func("gss_release_name", inoutPointer),
    displayName: func("gss_display_name", pointer, outBuffer, pointer),
    acquire: func("gss_acquire_cred_from", pointer, word, oidSet, "int", store, outPointer, pointer, pointer),
    releaseCredential: func("gss_release_cred", inoutPointer),
    initiate: func(
      "gss_init_sec_context",
      ...[
        pointer,
        inoutPointer,
        pointer,
        oidPointer,
        word,
        word,
        pointer,
        buffer,
        pointer,
        outBuffer,
        outWord,
        outWord,
      ],
    ),
    accept: func(
      "gss_accept_sec_context",
      ...[inoutPointer, pointer, buffer, pointer, outPointer, pointer, outBuffer, outWord, outWord, outPointer],
    ),
    deleteContext: func("gss_delete_sec_context", inoutPointer, pointer),
    getMic: func("gss_get_mic", pointer, word, buffer, outBuffer),
    verifyMic: func("gss_verify_mic", pointer, buffer, buffer, pointer),
    wrap: func("gss_wrap", pointer, "int", word, buffer, koffi.out("int *"), outBuffer),
    unwrap: func("gss_unwrap", pointer, buffer, outBuffer, koffi.out("int *"), pointer),
    storeCredential: optional(
      "gss_store_cred_into",
      ...[pointer, "int", oidPointer, word, word, store, pointer, pointer],
    ),
    releaseBuffer: func("gss_release_buffer", koffi.inout(buffer)),
    displayStatus: func("gss_display_status", word, "int", oidPointer, koffi.inout("uint32_t *"), outBuffer),
    inquire: optional("gss_inquire_sec_context_by_oid", pointer, oidPointer, outPointer),
    releaseSet: optional("gss_release_buffer_set", inoutPointer),
    exportKeys: optional("gss_krb5_export_lucid_sec_context", inoutPointer, word, outPointer),
    freeKeys: optional("gss_krb5_free_lucid_sec_context", pointer),
  };
}

/** Calls a function on another thread. */
export function onThread(func: CFunction, args: readonly unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    func.async(...args, (error: unknown, status: number) => (error === null ? resolve(status) : reject(error)));
  });
}
