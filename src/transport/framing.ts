// The interface of framings: how messages are delimited in a stream of bytes. ONC RPC marks records; a protocol that
// has the length in the message itself, as DCE RPC does, has its own framing.
import { longestFragment, type ParserLimits, RecordParser, type RecordSink } from "./record-marking.js";

/** Finds the messages of one stream. An error that the sink throws must come out of the method that called it. */
export interface MessageParser {
  /** Set to stop after the current message; `push` then returns where it stopped. */
  stopped: boolean;
  /** True if a part of a message has arrived, and the rest has not. */
  readonly midRecord: boolean;
  /**
   * Parses `chunk[from, end)`; the bytes are lent, except that one message may keep the chunk if `own` is true.
   * @returns where it stopped: `end`, or less if `stopped` was set.
   */
  push(chunk: Buffer, from: number, end: number, own?: boolean): number;
  /** Memory into which the next bytes may be read without a copy, if there is any. Then `filled` is called. */
  space(): Buffer | undefined;
  /** Reports that `count` bytes were read into the result of `space`. */
  filled(count: number): void;
  /** Called when the stream has ended: frees all memory, and parses no more data. */
  abandon(): void;
}

/** Delimits the messages of a stream, in both directions. Has no state: many connections share one. */
export interface Framing {
  /** Bytes before each outgoing message; 0 if the message contains its own length. */
  readonly header: number;
  /** The longest message that can be sent, in bytes. */
  readonly longest: number;
  /** Writes the header at `at`. The message that follows has `length` bytes. */
  mark(view: DataView, at: number, length: number): void;
  /** Makes the parser of one stream. It must hold to the limits, and may call `sink.failed` once. */
  parser(sink: RecordSink, limits: ParserLimits): MessageParser;
}

/** Record marking (RFC 5531 section 11). Outgoing records are one fragment. */
export const recordMarking: Framing = {
  header: 4,
  longest: longestFragment,
  mark: (view, at, length) => view.setUint32(at, 0x8000_0000 + length),
  parser: (sink, limits) => new RecordParser(sink, limits),
};
