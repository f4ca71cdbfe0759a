// The runtime's side of the handshake with generated code (codegen/contract.ts has the generator's).

/**
 * The first import of generated code, under a local name that sorts before all others, so that with a runtime older than
 * the generator this is the name that the loader misses, in a line that says what to do. A runtime keeps the names of
 * all contracts that it fulfils. It does nothing, and bundlers drop the call.
 */
export function runtimeVersion2(): void {}

/** Imported by files that 0.1.0 generated before its release. */
export function contract1OrRunNpmInstallLupineLatest(): void {}
