// Decrypted bytes of a layer over a socket are read straight into the buffers of the connection's input. Node has the option `onread`
// for that, but a TLSSocket takes it only if it makes the socket underneath, too. Loaded when a connection is upgraded.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Input } from "./input.js";

/** Node's fields for `onread`. */
const fields = ["kBuffer", "kBufferCb", "kBufferGen"];

interface WithHandle {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null;
  [field: symbol]: unknown;
}

/**
 * Makes `layer` read as `socket` did, whose `onread` is that of `input`. Without it, Node allocates memory for each record of TLS.
 * @returns false, with `layer` unchanged, if the socket has no `onread` or if Node's internals differ.
 */
export function readInto(layer: Duplex, socket: Socket, input: Input): boolean {
  const from = socket as unknown as WithHandle;
  const to = layer as unknown as WithHandle;
  const own = Object.getOwnPropertySymbols(layer);
  const symbols = fields.flatMap((name) => own.filter(({ description }) => description === name));
  const [kBuffer] = symbols;
  const isKnown = symbols.length === fields.length && symbols.every((symbol) => from[symbol]);
  if (kBuffer === undefined || !isKnown || typeof to._handle?.useUserBuffer !== "function") return false;
  // These bytes have come since the handshake. The stream's end, if it has come, follows when the layer is resumed.
  if (layer.readableLength > 0) input.data(layer.read(layer.readableLength));
  const buffer = input.onread.buffer();
  for (const symbol of symbols) to[symbol] = from[symbol];
  to[kBuffer] = buffer;
  to._handle.useUserBuffer(buffer);
  return true;
}
