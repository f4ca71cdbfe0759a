// Long writes to a layer over a socket, in pieces. TLS encrypts all of a write before it sends the first byte. With pieces, the other
// end decrypts the first ones while this end encrypts the next. Loaded when a connection is upgraded.
import type { Duplex } from "node:stream";

/**
 * Bytes of a piece: two records of TLS. With smaller pieces the turns of the event loop between them cost more than they gain. Larger
 * ones are freed in blocks that glibc returns to the system each time.
 */
const pieceLength = 32 * 1024;

/** How streams mark chunks that are bytes. */
const bytes = "buffer" as BufferEncoding;

type Done = (error?: Error | null) => void;

/** Each piece is written when the layer has taken the last one. */
export function writeInPieces(layer: Duplex): void {
  const writePiece = layer._write.bind(layer);
  const writeAll = (chunks: readonly Buffer[], done: Done): void => {
    const pieces = cut(chunks);
    const next: Done = (error) => {
      const { value, done: isOver } = pieces.next();
      if (isOver || error) done(error);
      else writePiece(value, bytes, next);
    };
    next();
  };
  layer._write = (chunk: Buffer, encoding, done) => {
    if (chunk.length > pieceLength) writeAll([chunk], done);
    else writePiece(chunk, encoding, done);
  };
  layer._writev = (chunks, done) => {
    writeAll(
      chunks.map(({ chunk }) => chunk as Buffer),
      done,
    );
  };
}

/** Only what shares a piece with other chunks is copied. */
function* cut(chunks: readonly Buffer[]): Generator<Buffer, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + pieceLength - length);
      parts.push(part);
      length += part.length;
      at += part.length;
      if (length < pieceLength) continue;
      yield joined(parts);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield joined(parts);
  return undefined;
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
