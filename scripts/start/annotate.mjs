// Names every group of bytes of one call or reply message of the add example, as it came over the wire.
// It reads the bytes from front to back by RFC 5531 section 9, and fails if they are not what it expects.

/** @typedef {{ name: string, bytes: Uint8Array, meaning: string }} Group */

/** The groups of a call record. @returns {Group[]} */
export function annotateCall(record) {
  const from = new Cursor(record);
  const groups = [from.recordMark(), from.xid(), from.word("message type", expect("CALL", 0))];
  groups.push(from.word("rpcvers", expect("the RPC protocol, version 2", 2)));
  groups.push(from.word("program", hex), from.word("version"), from.word("procedure"));
  groups.push(from.auth("credential"), from.auth("verifier"));
  groups.push(from.word("a", signed), from.word("b", signed));
  return from.finished(groups);
}

/** The groups of an accepted and successful reply. @returns {Group[]} */
export function annotateReply(record) {
  const from = new Cursor(record);
  const groups = [from.recordMark(), from.xid(), from.word("message type", expect("REPLY", 1))];
  groups.push(from.word("reply status", expect("MSG_ACCEPTED", 0)), from.auth("verifier"));
  groups.push(from.word("accept status", expect("SUCCESS", 0)), from.word("result", signed));
  return from.finished(groups);
}

/** Lines of a table: offset, bytes, name, meaning. */
export function table(groups) {
  let offset = 0;
  return groups.map(({ name, bytes, meaning }) => {
    const line = `${String(offset).padStart(4)}  ${spaced(bytes).padEnd(25)}${name.padEnd(15)}${meaning}`;
    offset += bytes.length;
    return line;
  });
}

class Cursor {
  #bytes;
  #at = 0;

  constructor(bytes) {
    this.#bytes = Buffer.from(bytes);
  }

  /** RFC 5531 section 11: the top bit marks the last fragment, the rest is its length. */
  recordMark() {
    const [bytes, value] = this.#word("record mark");
    const length = value & 0x7fffffff;
    if (value < 0x80000000 || length !== this.#bytes.length - 4) {
      throw new Error(`record mark 0x${value.toString(16)} does not fit ${this.#bytes.length} bytes in one fragment`);
    }
    return { name: "record mark", bytes, meaning: `last fragment, ${length} bytes` };
  }

  xid() {
    const [bytes] = this.#word("xid");
    return { name: "xid", bytes, meaning: "transaction id: the reply carries the same" };
  }

  word(name, explain = String) {
    const [bytes, value] = this.#word(name);
    return { name, bytes, meaning: explain(value, name) };
  }

  /** RFC 5531 section 8.2: a flavour, and an opaque body of at most 400 bytes. */
  auth(name) {
    const [flavor, number] = this.#word(name);
    const [size, length] = this.#word(name);
    const body = this.#take(length + (-length & 3), name);
    const flavors = { 0: "AUTH_NONE", 1: "AUTH_SYS", 2: "AUTH_SHORT" };
    const meaning = `${flavors[number] ?? `flavour ${number}`}, ${length} bytes`;
    return { name, bytes: Buffer.concat([flavor, size, body]), meaning };
  }

  finished(groups) {
    const left = this.#bytes.length - this.#at;
    if (left !== 0) throw new Error(`${left} bytes of the message have no name`);
    return groups;
  }

  #word(name) {
    const bytes = this.#take(4, name);
    return [bytes, bytes.readUInt32BE(0)];
  }

  #take(length, name) {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length !== length) throw new Error(`the message ends within its ${name}`);
    this.#at += length;
    return bytes;
  }
}

function expect(meaning, wanted) {
  return (value, name) => {
    if (value !== wanted) throw new Error(`${name} is ${value}, not ${wanted} (${meaning})`);
    return meaning;
  };
}

const hex = (value) => `0x${value.toString(16)}`;
const signed = (value) => String(value | 0);

function spaced(bytes) {
  return (Buffer.from(bytes).toString("hex").match(/../g) ?? []).join(" ");
}
