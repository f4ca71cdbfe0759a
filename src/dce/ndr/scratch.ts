// Memory in which values are encoded, one after another: an encoder borrows it, and returns it for the next.

const firstCapacity = 256;
/** Memory that has grown beyond this is not kept. */
const mostKept = 16 * 1024;

export class Scratch {
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  /** Zeroed bytes of the borrower's own: a value whose getters encode other values does not share them. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes ?? new Uint8Array(firstCapacity);
    this.#bytes = undefined;
    return bytes;
  }

  /** The first `used` bytes are zeroed. */
  give(bytes: Uint8Array<ArrayBuffer>, used: number): void {
    if (bytes.length > mostKept) return;
    bytes.fill(0, 0, used);
    this.#bytes = bytes;
  }
}
