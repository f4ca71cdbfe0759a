// CALL messages of add, with chosen transaction ids.
import { XdrWriter } from "lupine/xdr";
import { ADD_VERS, numbers } from "../../examples/add/add.gen.js";

export class Forge {
  #xid = 0x1000;

  /** A message with a transaction id of its own. */
  add(a: number, b: number, xid = this.#xid++): Uint8Array {
    const out = new XdrWriter();
    // xid, CALL, RPC version 2, program, version, procedure, and a credential and a verifier of AUTH_NONE.
    for (const word of [xid, 0, 2, ADD_VERS.number, ADD_VERS.version, 1, 0, 0, 0, 0]) out.writeWord(word);
    numbers.encode(out, { a, b });
    return out.toBytes();
  }
}
