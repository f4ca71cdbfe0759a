// The handshake between generated code and the runtime that it is imported into.

/** The export below that the generator makes code for: another one whenever it needs a name that v1 had not before. */
export const contractName = "contract1OrRunNpmInstallLupineLatest";

/**
 * What generated code imports first, under a local name that sorts before all others, so that with a runtime older than
 * the generator this is the name that the loader misses: its message then says what to do. A runtime keeps the names of
 * all contracts that it fulfils. It does nothing, and bundlers drop the call.
 */
export function contract1OrRunNpmInstallLupineLatest(): void {}
