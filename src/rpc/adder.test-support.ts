// A small program for tests, and one end of a connection that sends and receives raw bytes.
import { until } from "../testing/waiting.test-support.js";
import type { Connection } from "../transport/connection.js";
import { noArguments, oneArgument } from "../xdr/arguments.js";
import { int, voidType } from "../xdr/primitives.js";
import type { XdrType } from "../xdr/type.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { CallOptions, Channel } from "./call.js";
import type { Procedure, Program } from "./program.js";

export interface Pair {
  readonly a: number;
  readonly b: number;
}

const pair: XdrType<Pair> = {
  shape: {
    kind: "struct",
    name: "pair",
    fields: [
      { name: "a", type: { kind: "int" } },
      { name: "b", type: { kind: "int" } },
    ],
  },
  encode(out, value) {
    int.encode(out, value.a);
    int.encode(out, value.b);
  },
  decode: (from) => ({ a: int.decode(from), b: int.decode(from) }),
};

const bytes: XdrType<Uint8Array> = {
  shape: { kind: "opaque", fixed: false, length: 1_000_000 },
  encode: (out, value) => out.writeOpaque(value, 1_000_000),
  decode: (from) => from.readOpaque(1_000_000),
};

export type AdderProcedures = {
  readonly add: Procedure<[Pair], number>;
  readonly later: Procedure<[number], number>;
  readonly note: Procedure<[number], void>;
  readonly nothing: Procedure<[], void>;
  readonly repeat: Procedure<[number], Uint8Array>;
};

/** 0x23451111: ADD = 1 of version 1, and three more. */
export const adder = adderVersion(1);

export function adderVersion(version: number): Program<AdderProcedures> {
  return {
    name: "ADD_PROG",
    number: 0x23451111,
    versionName: `ADD_VERS_${version}`,
    version,
    procedures: {
      add: { name: "ADD", number: 1, args: oneArgument(pair), result: int },
      later: { name: "LATER", number: 2, args: oneArgument(int), result: int },
      note: { name: "NOTE", number: 3, args: oneArgument(int), result: voidType, oneWay: true },
      nothing: { name: "NOTHING", number: 4, args: noArguments, result: voidType },
      repeat: { name: "REPEAT", number: 5, args: oneArgument(int), result: bytes },
    },
  };
}

/** An implementation of the program, with the changes that a test needs. */
export function adding(changes: Partial<Record<keyof AdderProcedures, (...args: never[]) => unknown>> = {}) {
  return {
    add: ({ a, b }: Pair) => a + b,
    later: async (value: number) => value,
    note: () => undefined,
    nothing: () => undefined,
    repeat: (count: number) => new Uint8Array(count).fill(7),
    ...changes,
  } as never;
}

/** Calls by name. */
export function call(
  channel: Channel,
  method: keyof AdderProcedures,
  args: readonly unknown[],
  options: CallOptions = {},
): Promise<unknown> {
  return channel.call({ program: adder, procedure: adder.procedures[method] as Procedure, args, options });
}

/** One end of a connection as messages in hex; spaces only separate the words. */
export class RawEnd {
  readonly connection: Connection;
  readonly received: string[] = [];
  closed = false;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.open({
      message: (bytes, start, end) => {
        this.received.push(Buffer.from(bytes.subarray(start, end)).toString("hex"));
      },
      drained: () => undefined,
      closed: () => {
        this.closed = true;
      },
    });
  }

  send(hex: string): void {
    this.connection.send(writeHex, hex);
  }

  /** The next message, in hex words; "closed" at the end. */
  async next(): Promise<string> {
    await until(
      () => this.received.length > 0 || this.closed,
      () => "a message, or the end",
    );
    const hex = this.received.shift();
    return hex === undefined ? "closed" : words(hex);
  }
}

/** "0000000100000002" as "00000001 00000002". */
export function words(hex: string): string {
  return hex.replace(/(.{8})(?=.)/g, "$1 ");
}

function writeHex(out: XdrWriter, hex: string): void {
  out.writeBytes(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}
