// The runtime's side of the handshake with generated code (codegen/contract.ts has the generator's).

/**
 * What generated code imports first, under a local name that sorts before all others, so that with a runtime older than
 * the generator this is the name that the loader misses: its message then says what to do. A runtime keeps the names of
 * all contracts that it fulfils. It does nothing, and bundlers drop the call.
 */
export function contract1OrRunNpmInstallLupineLatest(): void {}
