// Explains the messages of a conversation: a reply is decoded with the types of its call.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import { id } from "../base/option-kinds.js";
import { nullProcedure } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { type CalledProcedure, calledProcedure, type ExplainedMessage, explainMessage } from "./message.js";

/** The most calls that are remembered for their replies. The oldest is forgotten for a new one. */
export const mostRememberedCalls = 65_536;

/** Options of an Explainer. */
export interface ExplainerOptions {
  /** The programs whose arguments and results are decoded. Default: none. */
  readonly programs?: readonly Program[];
  /** Names of further programs, by number. Default: none. */
  readonly names?: ReadonlyMap<number, string>;
  /** The procedure of a reply whose call was not seen. Default: unknown; results are then shown as bytes. */
  readonly repliesTo?: { readonly program: number; readonly version: number; readonly procedure: number } | undefined;
}

const explainerOptions: OptionTable<ExplainerOptions> = {
  programs: "object",
  names: "object",
  repliesTo: { program: id, version: id, procedure: id },
};

/**
 * Explains messages one after another, in the order in which they passed: a reply is decoded with the types of its call.
 * @example
 * const [near, far] = memoryPair();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * server.accept(far);
 *
 * const { connection, messages } = captureConnection(near);
 * await using client = createClient(ADD_VERS, connection);
 * await client.add({ a: 1, b: 2 });
 *
 * const explainer = new Explainer({ programs: [ADD_VERS] });
 * const [call, reply] = messages.map(({ bytes }) => explainer.explain(bytes));
 * console.log(call?.title); // call of ADD_PROG version 1 add
 * console.log(reply?.title); // reply to ADD_PROG version 1 add: SUCCESS
 */
export class Explainer {
  readonly #programs = new Map<string, Program>();
  readonly #names: ReadonlyMap<number, string>;
  readonly #repliesTo: CalledProcedure | undefined;
  readonly #calls = new Map<number, CalledProcedure>();

  /** Makes an explainer that has seen no call yet. */
  constructor(options: ExplainerOptions = {}) {
    checkOptions(explainerOptions, options);
    const { programs = [], names = new Map(), repliesTo } = options;
    const named = new Map(names);
    for (const program of programs) {
      this.#programs.set(`${program.number} ${program.version}`, program);
      named.set(program.number, program.name);
    }
    this.#names = named;
    this.#repliesTo = repliesTo && this.#called(repliesTo.program, repliesTo.version, repliesTo.procedure);
  }

  /** One message, without any record mark. Never throws: see `fault`. */
  explain(bytes: Uint8Array): ExplainedMessage {
    const message = explainMessage(bytes, {
      called: (program, version, procedure) => this.#called(program, version, procedure),
      callWith: (xid) => this.#calls.get(xid) ?? this.#repliesTo,
    });
    if (message.kind === "call" && message.xid !== undefined && message.called !== undefined) {
      this.#remember(message.xid, message.called);
    }
    return message;
  }

  #called(program: number, version: number, procedure: number): CalledProcedure {
    const numbers = { program, version, procedure };
    const called = calledProcedure(numbers, this.#programs.get(`${program} ${version}`), this.#names.get(program));
    return called.types === undefined && procedure === 0 ? { ...called, types: nullProcedure } : called;
  }

  #remember(xid: number, called: CalledProcedure): void {
    this.#calls.delete(xid);
    if (this.#calls.size >= mostRememberedCalls) {
      const [oldest] = this.#calls.keys();
      this.#calls.delete(oldest as number);
    }
    this.#calls.set(xid, called);
  }
}
