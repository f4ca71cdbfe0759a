// A channel to a service by its name: follows the directory, keeps a connection to each server, and sends each call to
// one of them. The directory is opened with the first call, and again while it cannot be reached.
import type { Clock, Timer } from "../../base/clock.js";
import { type Backoff, backoffDelay, defaultBackoff, type TransportName } from "../../client/index.js";
import { Deadlines } from "../../peer/deadlines.js";
import { checkTimeout, defaultTimeout } from "../../peer/peer.js";
import type { Channel, ChannelCall } from "../../rpc/call.js";
import { type CallPlace, RpcDisconnected, type RpcError } from "../../rpc/errors.js";
import type { Procedure, Program } from "../../rpc/program.js";
import type { Address } from "../../transport/address.js";
import type { ServiceEntry, Watch } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { checkPath } from "../path.js";
import { type CallRouter, FailoverCall } from "./failover-call.js";
import type { Member, MemberContext } from "./member.js";
import { Members } from "./members.js";
import { noServer } from "./no-server.js";
import { type BalanceName, type BalanceTimes, defaultBalanceTimes } from "./options.js";
import type { Borrowed } from "./shared-directories.js";

/** Milliseconds that the reason why there is nobody to call is good for: a storm of calls must not become one of look-ups. */
const explanationLasts = 1_000;

export interface DirectoryChannelOptions {
  readonly path: string;
  /** The program whose procedure 0 is called to probe a server. */
  readonly program: Program;
  readonly borrow: () => Promise<Borrowed>;
  /** Ways to a server, the best first. */
  readonly open: MemberContext["open"];
  readonly balance?: BalanceName | undefined;
  readonly isIdempotent?: ((procedure: Procedure) => boolean) | undefined;
  readonly transport?: TransportName | undefined;
  readonly timeout?: number | undefined;
  readonly connectTimeout: number;
  readonly waitForServer?: boolean | undefined;
  readonly backoff?: Backoff | undefined;
  readonly times?: Partial<BalanceTimes> | undefined;
  readonly clock?: Clock | undefined;
}

/** See the file's head. @throws DirectoryError DIRECTORY_BAD_PATH. */
export class DirectoryChannel implements Channel, CallRouter {
  readonly deadlines: Deadlines;
  readonly times: BalanceTimes;
  waitForServer: boolean;
  readonly service: string;
  readonly #options: DirectoryChannelOptions;
  readonly #members: Members;
  readonly #calls = new Set<FailoverCall>();
  readonly #never = new AbortController();
  #whenIdle: (() => void)[] = [];
  #entries: readonly ServiceEntry[] | undefined;
  #borrowed: Borrowed | undefined;
  #watch: Watch | undefined;
  #opening: Promise<void> | undefined;
  /** Attempts to open the directory that failed, and when the next one may begin. */
  #failures = 0;
  #notBefore = 0;
  /** Why the directory could not be opened when that was last tried. */
  #refusal: RpcError | undefined;
  #timer: Timer | undefined;
  #explained:
    | { readonly program: Program; readonly until: number; readonly cause: Promise<DirectoryError> }
    | undefined;
  #last: Member | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: DirectoryChannelOptions) {
    this.#options = options;
    this.deadlines = new Deadlines(options.clock);
    this.service = checkPath(options.path);
    this.times = { ...defaultBalanceTimes, ...options.times };
    this.waitForServer = options.waitForServer ?? false;
    checkTimeout(options.timeout);
    const context: MemberContext = {
      program: options.program,
      times: this.times,
      connectTimeout: options.connectTimeout,
      deadlines: this.deadlines,
      open: options.open,
      changed: (better) => this.#changed(better),
      silent: (member) => {
        for (const call of [...this.#calls]) call.memberIsSilent(member);
      },
    };
    this.#members = new Members(context, options.balance);
  }

  /** The server that was chosen last; before that, the service itself. */
  get remote(): Address {
    return this.#last?.remote ?? { kind: "memory", name: `dir:${this.service}` };
  }

  get trouble(): string | undefined {
    if (this.#entries !== undefined) return undefined;
    return this.#refusal?.message ?? "the directory has not answered yet";
  }

  /** @throws RpcError and its kinds. With no server to call: RpcDisconnected, whose cause is a DirectoryError. */
  call(request: ChannelCall): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(closedError(undefined, this.#place(request)));
    const { procedure, options } = request;
    const timeout = options.timeout ?? this.#options.timeout ?? defaultTimeout;
    const idempotent =
      options.idempotent ?? (procedure.number === 0 || (this.#options.isIdempotent?.(procedure) ?? false));
    return new Promise((resolve, reject) => {
      checkTimeout(timeout);
      const call = new FailoverCall(this, request, { timeout, idempotent }, resolve, reject);
      this.#calls.add(call);
      if (this.#entries !== undefined) return call.tryNext();
      call.hold();
      this.#opening ??= this.#follow();
    });
  }

  /** Refuses new calls, lets those in flight finish, then closes the connections and gives the directory back. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  /** Fails every call with RpcDisconnected and closes. */
  destroy(reason?: Error): void {
    this.#closed ??= Promise.resolve();
    this.waitForServer = false;
    for (const call of [...this.#calls]) call.destroy(closedError(reason));
    this.#members.destroy(reason);
    this.#leaveDirectory();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  choose(program: Program, tried: readonly Member[]): Member | undefined {
    if (this.#closed !== undefined && this.#calls.size === 0) return undefined;
    return this.#members.choose(program, tried);
  }

  used(member: Member): void {
    this.#last = member;
  }

  countOthers(program: Program, tried: readonly Member[]): number {
    return this.#members.countOthers(program, tried);
  }

  async explainNone(request: ChannelCall): Promise<RpcError> {
    const { program } = request;
    if (this.#borrowed === undefined) return closedError();
    const now = this.deadlines.clock.now();
    if (this.#explained?.program !== program || this.#explained.until < now) {
      const cause = noServer(this.#borrowed.directory, this.service, program, this.#entries ?? []);
      this.#explained = { program, until: now + explanationLasts, cause };
    }
    return this.#unreachable(await this.#explained.cause, this.#place(request));
  }

  ended(call: FailoverCall): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0 || this.#whenIdle.length === 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #changed(better: boolean): void {
    this.#members.forgetChoice();
    if (better) this.#wake();
  }

  #wake(): void {
    for (const call of [...this.#calls]) call.serversChanged();
  }

  /** Opens the directory and watches it: until that works where calls wait for servers, else once. */
  async #follow(): Promise<void> {
    const delay = this.#notBefore - this.deadlines.clock.now();
    if (delay > 0)
      await new Promise<void>((resolve) => (this.#timer = this.deadlines.clock.setTimeout(resolve, delay)));
    try {
      await this.#watchService();
      this.#refusal = undefined;
    } catch (error) {
      await this.#leaveDirectory();
      this.#openingFailed(error);
    }
  }

  #openingFailed(error: unknown): void {
    this.#failures++;
    const { clock } = this.deadlines;
    const delay = backoffDelay(this.#options.backoff ?? defaultBackoff, this.#failures, clock.random());
    this.#notBefore = clock.now() + delay;
    this.#refusal = this.#unreachable(error);
    this.#opening = undefined;
    if (this.#calls.size === 0) return;
    if (this.waitForServer) this.#opening = this.#follow();
    else for (const call of [...this.#calls]) call.fail(this.#refusal);
  }

  async #watchService(): Promise<void> {
    const borrowed = await this.#options.borrow();
    this.#borrowed = borrowed;
    if (this.#never.signal.aborted) return this.#leaveDirectory();
    const { engine } = borrowed.directory;
    const options = { signal: this.#never.signal, background: true };
    this.#watch = await engine.watch(this.service, (entries) => this.#update(entries), options);
    if (this.#never.signal.aborted) await this.#leaveDirectory();
  }

  #update(entries: readonly ServiceEntry[]): void {
    if (this.#never.signal.aborted) return;
    this.#entries = entries;
    this.#explained = undefined;
    this.#members.update(entries);
    this.#wake();
  }

  #place({ program, procedure }: ChannelCall): CallPlace {
    const { name, version } = program;
    return { program: name, version, procedure: procedure.name, peer: `dir:${this.service}` };
  }

  #unreachable(cause: unknown, place?: CallPlace): RpcError {
    const why = cause instanceof DirectoryError ? cause.message : `${this.service} cannot be looked up: ${cause}`;
    return new RpcDisconnected(why, { mayHaveRun: false, cause, ...(place && { place }) });
  }

  async #drain(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    const left = this.#leaveDirectory();
    await this.#members.close();
    await left;
  }

  async #leaveDirectory(): Promise<void> {
    const [watch, borrowed] = [this.#watch, this.#borrowed];
    this.#watch = undefined;
    this.#borrowed = undefined;
    if (this.#closed !== undefined) {
      this.deadlines.clock.clearTimeout(this.#timer);
      this.#never.abort();
    }
    // Whatever goes wrong there, the client is done with it.
    await watch?.close().catch(() => undefined);
    await borrowed?.release().catch(() => undefined);
  }
}

function closedError(cause?: Error, place?: CallPlace): RpcDisconnected {
  const options = { mayHaveRun: false, ...(cause && { cause }), ...(place && { place }) };
  return new RpcDisconnected("the client was closed; make a new one", options);
}
