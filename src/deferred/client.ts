// Clients whose calls are deferred: each method resolves with a ticket.
import { nearest } from "../base/nearest.js";
import { randomBytes } from "../base/random-bytes.js";
import type { Target } from "../client/index.js";
import { traitsOf } from "../client/target-traits.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Server } from "../server/index.js";
import { DeferredCaller, idFrom } from "./caller.js";
import { checkResults, type DeferredCallOptions, type DeferredClientOptions } from "./client-options.js";
import type { Ticket } from "./ticket-handle.js";

/** Methods that resolve with a ticket as soon as the server has accepted the call. */
export type DeferredClient<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: DeferredCallOptions]) => Promise<Ticket<Result>>
    : never;
} & AsyncDisposable;

/** The key under which a client keeps its caller. */
const callerKey: unique symbol = Symbol.for("lupine.deferred");

const without = ["semantics", "session", "interceptors", "encode"] as const;

/**
 * Makes a client whose methods do not wait for results: each resolves with a `Ticket` when the server has accepted the call, which then
 * runs. The server needs `serveDeferred`. Targets are those of `createClient` that are one server.
 *
 * A ticket outlives its connection. With `openTicketLog` on the server it outlives the server's process, and another process with the same credential
 * can resume it by its id, `ticket.id`: see `resumeTicket`.
 * @throws TypeError for an option that is unknown, invalid, or does not apply; TransportError TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * serveDeferred(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createDeferredClient(ADD_VERS, address);
 * const tickets = [await client.add({ a: 1, b: 2 }), await client.add({ a: 3, b: 4 })];
 * const results = await Promise.all(tickets.map((ticket) => ticket.result()));
 * console.log(results.join(" ")); // 3 7
 */
export function createDeferredClient<P extends Procedures>(
  program: Program<P>,
  target: Target | Server,
  options: DeferredClientOptions = {},
): DeferredClient<P> {
  checkResults(options.results);
  for (const option of without) {
    if ((options as Record<string, unknown>)[option] !== undefined)
      throw new TypeError(`options.${option} does not apply to deferred calls`);
  }
  const traits = traitsOf(target as Target, options);
  if (/^(dir:|list)/.test(traits.kinds[0] as string)) {
    throw new TypeError(`a ticket belongs to one server: give the address of one instead of ${traits.name}`);
  }
  const caller = new DeferredCaller(target, options, traits);
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const value = (...args: unknown[]): Promise<unknown> => caller.call(program, procedure, args);
    Object.defineProperty(client, name === "then" ? "then_" : name, { value, enumerable: true });
  }
  Object.defineProperties(client, {
    [callerKey]: { value: { caller, program } },
    [Symbol.asyncDispose]: { value: () => caller.close() },
    [Symbol.toStringTag]: { value: `Deferred client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as DeferredClient<P>;
}

/**
 * Returns the ticket with this id, of an earlier call of this client, of a closed client, or of a process that has ended. `method` is the name of the
 * called method. It sends nothing: `ticket.result()` asks the server.
 * @throws TypeError if the client was not made by `createDeferredClient`, has no such method, or the id is not one.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * serveDeferred(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 * const first = createDeferredClient(ADD_VERS, address);
 * const { id } = await first.add({ a: 1, b: 2 });
 * await first[Symbol.asyncDispose]();
 *
 * await using second = createDeferredClient(ADD_VERS, address);
 * console.log(await resumeTicket(second, "add", id).result()); // 3
 */
export function resumeTicket<C extends object, M extends keyof C & string>(
  client: C,
  method: M,
  id: string,
): C[M] extends (...args: never) => Promise<infer T> ? T : never {
  const known = (client as { [callerKey]?: { caller: DeferredCaller; program: Program } })[callerKey];
  if (known === undefined) throw new TypeError("resumeTicket takes a client that createDeferredClient returned");
  const procedure = known.program.procedures[method];
  if (procedure === undefined) {
    const near = nearest(method, Object.keys(known.program.procedures));
    throw new TypeError(`${known.program.name} has no method ${method}${near === undefined ? "" : `; is it ${near}?`}`);
  }
  const ticket: unknown = known.caller.resume(known.program, procedure, idFrom(id, "the id of a ticket"));
  return ticket as C[M] extends (...args: never) => Promise<infer T> ? T : never;
}

/**
 * An id for the option `ticket` of a deferred call: 32 hexadecimal digits that cannot be guessed.
 * @example
 * console.log(newTicketId().length); // 32
 */
export function newTicketId(): string {
  return Buffer.from(randomBytes(16)).toString("hex");
}
