// The programs of a server: program -> version -> procedure. The step that fails determines the refusal.
import { nearest } from "../base/nearest.js";
import type { Admitted } from "../rpc/auth.js";
import type { Call, Interceptor } from "../rpc/call.js";
import { nullProcedure } from "../rpc/null.js";
import type { Procedure, Procedures, Program, Semantics } from "../rpc/program.js";
import type { Refusal } from "../rpc/refusal.js";
import type { CallMessage } from "../rpc/served-header.js";
import type { Implementation } from "../rpc/stubs.js";
import type { XdrReader } from "../xdr/reader.js";
import { elementWeight } from "../xdr/weight.js";
import type { TlsRequirement } from "./tls-options.js";

/** Options of one program version that a server implements. */
export interface ImplementOptions {
  /**
   * Authentication flavours that callers may use, by number (`AuthFlavor`). Calls with another flavour get AUTH_TOOWEAK,
   * except those of procedure 0. Default: every flavour that the server accepts.
   */
  readonly flavors?: readonly number[];
  /** Functions that run around the procedures of this program, inside the server's own interceptors. Default: none. */
  readonly interceptors?: readonly Interceptor[];
  /**
   * The longest reply over UDP, in bytes; Infinity for no limit. Default 8,800. The source address of a datagram is easily
   * forged, so a server that sends a long reply to a short request can be used to flood a third party. A longer reply is not
   * sent: the caller gets SYSTEM_ERR, and the server's `onError` is called.
   */
  readonly datagramReply?: number;
  /**
   * How often calls may run: one value for all procedures, or `{ add: "at-least-once" }` by method name. The server runs repeated calls of
   * "at-least-once" procedures again; those of other procedures are recognised by its reply cache. Default: the annotation of each procedure in the
   * interface, else "at-most-once". Each client decides for itself whether it repeats calls.
   */
  readonly semantics?: Semantics | { readonly [method in string]?: Semantics | undefined };
  /**
   * "tls": calls need TLS. "client-certificate": calls need TLS and a certificate of the caller. Other calls get AUTH_TOOWEAK on every transport,
   * except those of procedure 0. Default: the requirement of the listener.
   */
  readonly requireTls?: TlsRequirement;
}

/** The procedures of the implementation and those that the server adds. */
export interface ServeOptions extends ImplementOptions {
  readonly interceptors: readonly Interceptor[];
  /** The most bytes that the arguments of one call may take in memory. */
  readonly decodedBytes: number;
}

/** The longest reply over UDP, in bytes: libtirpc's UDPMSGSIZE, the most that C programs expect. */
export const defaultDatagramReply = 8_800;

type Method = (...args: unknown[]) => unknown;

/** One procedure, ready to be called. */
export interface ServedProcedure {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly flavors: ReadonlySet<number> | undefined;
  readonly requireTls: TlsRequirement | undefined;
  readonly implementation: object;
  readonly method: Method;
  /** A repeated call must not run again. */
  readonly runsOnce: boolean;
  /** Bytes in memory of one element of the heaviest array or list among its arguments. */
  readonly elementWeight: number;
  /** The most elements that its arguments may have, regardless of the bytes on the wire. */
  readonly mostElements: number;
  /** Estimated bytes of a reply, based on earlier replies. */
  typicalReply: number;
  /** True once the implementation of the procedure has returned a promise. */
  isAsync: boolean;
  /** Interceptors around it, outermost first. */
  readonly interceptors: readonly Interceptor[];
  /** The most bytes of a reply over an unreliable transport. */
  readonly datagramReply: number;
  /**
   * Answers a call whose arguments `from` has, and returns true; or returns false and leaves `from` where it was. `at` is the
   * Reception.
   */
  take?: (at: object, header: CallMessage, admitted: Admitted, from: XdrReader) => boolean;
}

interface ServedVersion {
  readonly program: Program;
  readonly procedures: Map<number, ServedProcedure>;
}

export class ServedPrograms {
  readonly #programs = new Map<number, Map<number, ServedVersion>>();

  /** @throws TypeError when the version is served already or the implementation lacks a procedure. */
  add<P extends Procedures>(program: Program<P>, implementation: Implementation<P>, options: ServeOptions): void {
    const versions = this.#programs.get(program.number) ?? new Map<number, ServedVersion>();
    if (versions.has(program.version)) {
      throw new TypeError(`${program.name} version ${program.version} is implemented already on this server`);
    }
    versions.set(program.version, { program, procedures: serve(program, implementation, options) });
    this.#programs.set(program.number, versions);
  }

  /** The descriptors of all implemented versions. */
  list(): Program[] {
    return [...this.#programs.values()].flatMap((versions) => [...versions.values()].map(({ program }) => program));
  }

  find(program: number, version: number, procedure: number): ServedProcedure | Refusal {
    const versions = this.#programs.get(program);
    if (versions === undefined) return { kind: "program-unavailable" };
    const served = versions.get(version);
    if (served === undefined) return { kind: "program-mismatch", ...lowAndHigh(versions.keys()) };
    return served.procedures.get(procedure) ?? { kind: "procedure-unavailable" };
  }
}

function lowAndHigh(versions: Iterable<number>): { low: number; high: number } {
  let low = 0xffff_ffff;
  let high = 0;
  for (const version of versions) {
    low = Math.min(low, version);
    high = Math.max(high, version);
  }
  return { low, high };
}

function serve(program: Program, implementation: object, options: ServeOptions): Map<number, ServedProcedure> {
  const procedures = new Map<number, ServedProcedure>();
  const flavors = options.flavors === undefined ? undefined : new Set(options.flavors);
  const { semantics } = options;
  for (const name of typeof semantics === "object" ? Object.keys(semantics) : []) {
    if (!Object.hasOwn(program.procedures, name))
      throw new TypeError(`options.semantics.${name}: ${program.name} has no such procedure`);
  }
  const add = (procedure: Procedure, method: Method, name = ""): void => {
    const chosen = (typeof semantics === "object" ? semantics[name] : semantics) ?? procedure.semantics;
    const exempt = procedure.number === 0;
    const weight = elementWeight(procedure.args.shape);
    procedures.set(procedure.number, {
      program,
      procedure,
      flavors: exempt ? undefined : flavors,
      requireTls: exempt ? undefined : options.requireTls,
      implementation,
      method,
      // NULL does nothing, and some others may run again.
      runsOnce: procedure.number !== 0 && chosen !== "at-least-once",
      elementWeight: weight,
      mostElements: Math.floor(options.decodedBytes / weight),
      typicalReply: 0,
      isAsync: false,
      interceptors: options.interceptors ?? [],
      datagramReply: options.datagramReply ?? defaultDatagramReply,
    });
  };
  add(nullProcedure, () => undefined);
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const method = (implementation as Record<string, unknown>)[name];
    if (typeof method === "function") {
      const run = method as Method;
      add(procedure, procedure.stream?.first(run, implementation) ?? run, name);
    } else if (procedure.number !== 0) {
      const near = nearest(name, Object.keys(implementation));
      throw new TypeError(
        `the implementation of ${program.name} version ${program.version} has no function ${name}${near ? `; is it ${near}?` : ""}`,
      );
    }
  }
  return procedures;
}

/** Calls the implementation. May throw, return a value or a promise. */
export function invoke(served: ServedProcedure, args: readonly unknown[], call: Call): unknown {
  const { method, implementation } = served;
  switch (args.length) {
    case 0:
      return method.call(implementation, call);
    case 1:
      return method.call(implementation, args[0], call);
    default:
      return method.call(implementation, ...args, call);
  }
}
