// Local calls without a message: arguments and results are handed over as they are. For callers without a credential; the message of
// any other call has to be read by its authentication flavour. From step 5 of dispatcher.ts on, the calls are as all others.
import type { AdmitsAlike } from "../rpc/auth.js";
import type { ChannelCall, IncomingCall } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { MessageWriter } from "../transport/connection.js";
import { XdrReader } from "../xdr/reader.js";
import type { ServedProcedure } from "./programs.js";
import type { ServerCall } from "./server-call.js";
import { type FoundCall, InnerCall, type Within } from "./within.js";

/** The outcome of a call that has its result in `result`: there is no message. */
export const notEncoded = new Uint8Array();

/** One call. Its outcome is `notEncoded`, or the message of a refusal. */
export class DirectCall extends InnerCall {
  result: unknown;

  protected override written<T>(write: MessageWriter<T>, value: T): Uint8Array {
    // TypeScript does not see that a writer of replies is given a ServerCall.
    const call = write === (this.writeReply as unknown) ? (value as ServerCall) : undefined;
    if (call === undefined || call.refusal !== undefined || call.seal !== undefined) return super.written(write, value);
    this.result = call.result;
    return notEncoded;
  }
}

interface Known extends FoundCall {
  readonly caller: Program;
}

export class DirectCalls {
  readonly #within: Within;
  readonly #outer: IncomingCall;
  readonly #known = new WeakMap<Procedure, Known>();
  readonly #nothing = new XdrReader(new Uint8Array());
  /** The arguments of the call that begins. */
  #args: readonly unknown[] = [];

  constructor(within: Within, outer: IncomingCall) {
    this.#within = within;
    this.#outer = outer;
  }

  /** Runs the call. Undefined: it has to come as a message, which will be refused, or is answered by another part of the server. */
  begin({ program, procedure, args }: ChannelCall, xid: number): DirectCall | undefined {
    const known = this.#known.get(procedure);
    const found = known?.caller === program ? known : this.#find(program, procedure);
    if (found === undefined) return undefined;
    const { remote, peer } = this.#outer;
    const call = new DirectCall(this.#within, remote, peer);
    this.#args = args;
    this.#within.message.xid = xid;
    this.#within.serveFound(call, found, this.#nothing);
    return call;
  }

  #find(caller: Program, procedure: Procedure): Known | undefined {
    const { service } = this.#within;
    const { number: program, version } = caller;
    const served = service.programs.find(program, version, procedure.number);
    const flavor = this.#within.authOver(this.#outer.peer).get(0);
    const admitted = (flavor?.admit as AdmitsAlike | undefined)?.always;
    if ("kind" in served || admitted?.kind !== "admitted" || served.take !== undefined) return undefined;
    if (served.flavors?.has(0) === false || served.requireTls !== undefined) return undefined;
    const known = { caller, program, version, procedure: procedure.number, served: this.#direct(served), admitted };
    this.#known.set(procedure, known);
    return known;
  }

  #direct(served: ServedProcedure): ServedProcedure {
    const { procedure } = served;
    const args: Procedure["args"] = { shape: procedure.args.shape, encode() {}, decode: () => this.#args };
    // No reply takes memory.
    return { ...served, procedure: { ...procedure, args }, typicalReply: 1 };
  }
}
