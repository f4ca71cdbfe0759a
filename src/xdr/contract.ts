// The runtime's side of the handshake with generated code (codegen/contract.ts has the generator's).

/**
 * The first import of generated code. Its local name sorts before all others, so if the runtime is older than the
 * generator, the loader reports this name, in a line that says what to do. A runtime keeps the names of all contracts
 * that it fulfils. The function does nothing, and bundlers remove the call.
 */
export function runtimeVersion3(): void {}
