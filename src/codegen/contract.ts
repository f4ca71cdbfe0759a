// The generator's side of the handshake with the runtime (xdr/contract.ts).

/** The runtime's export that generated code asks for: another one whenever the generator needs what v1 had not before. */
export const contractName = "contract1OrRunNpmInstallLupineLatest";
