// A server on several processes: one port, one registration, one reply cache, and workers that can be replaced.
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkOptions } from "../base/check-options.js";
import { register } from "../binding/everyday.js";
import type { Registration } from "../binding/register.js";
import type { Endpoint, Endpoints } from "../pool/endpoints.js";
import type { Program } from "../rpc/program.js";
import { memoryReplyCache } from "../server/memory-reply-cache.js";
import { defaultDrain } from "../server/options.js";
import type { ReplyCache } from "../server/reply-cache.js";
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { resolveAddress } from "../transport/resolve-address.js";
import { XdrReader } from "../xdr/reader.js";
import { pipeBehind } from "./child.js";
import type { Processes } from "./group.js";
import { openAll } from "./listening.js";
import type { Member } from "./member.js";
import type { Opened } from "./opened.js";
import type { ProcessOptions } from "./options.js";
import { checkProcessOptions } from "./processes.js";
import { type RepliesDesk, repliesDesk } from "./replies-desk.js";
import { type ServeOptions, serveOptions } from "./serve-options.js";
import {
  type AboutServer,
  type ConnectionNote,
  isMessage,
  planVariable,
  type Questions,
  type ServedPlan,
} from "./served-messages.js";
import type { SessionQuestions } from "./session-messages.js";
import { type SessionsDesk, SessionsHost } from "./sessions-host.js";
import { asked_questions } from "./shared-replies.gen.js";
import { Supervisor } from "./supervisor.js";
import type { TakenOptions } from "./taken-port.js";

/**
 * A server that runs on several workers. It is a source of endpoints, too: `createClient(ADD_VERS, served)` calls the workers
 * directly, the one with the fewest calls first.
 */
export interface Served extends Processes, Endpoints {
  /** The addresses that all workers serve, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  /** The program versions that the workers implement. */
  readonly programs: readonly { readonly name: string; readonly number: number; readonly version: number }[];
  /** The registration with the binder, if there is one. */
  readonly registration: Registration | undefined;
}

const ownEntry = new URL("./serve-main.js", import.meta.url);

/**
 * Serves the programs of a module on several worker processes, or on threads. The module's default export gets a `Server` and implements
 * programs on it; it must not listen or register. Connections are spread over the workers, datagrams go to a worker that is idle, and a
 * repeated call does not run twice, whichever worker it reaches. `reload` loses no call: an open connection moves to the new worker between
 * two calls. Resolves when all workers serve. A UDP port that is in use is tried for 6 seconds, because the workers of a supervisor that
 * was killed finish their calls before they end.
 * @throws TransportError TRANSPORT_LISTEN_FAILED, TRANSPORT_BAD_ADDRESS; ProcessesError PROCESSES_NOT_READY; BindingError; TypeError.
 * @example
 * // The module of a server: `export default (server) => { server.implement(ADD_VERS, { add: ({ a, b }) => a + b }); };`
 * const missing = serve("/no/such/add-server.js", { workers: 2, listen: ["tcp://127.0.0.1:0"] });
 * await missing.catch((error) => console.log(error.code)); // PROCESSES_NOT_READY
 */
export async function serve(module: string | URL, options: ServeOptions = {}): Promise<Served> {
  return serveWith({ entry: ownEntry }, module, options);
}

/** Options that only this package sets. */
export interface ServeInside extends Pick<TakenOptions, "taken"> {
  /** The file that the workers run. */
  readonly entry: URL;
}

/** As `serve`. */
export async function serveWith(inside: ServeInside, module: string | URL, options: ServeOptions): Promise<Served> {
  checkOptions(serveOptions, options);
  const {
    workers,
    listen: _,
    accept: __,
    mode: ___,
    register: ____,
    reusePort: _______,
    replyCache: _____,
    sessionLog: ______,
    ...processes
  } = options;
  const all: ProcessOptions = workers === undefined ? processes : { ...processes, size: workers };
  checkProcessOptions(all);
  checkKind(options);
  const group = new ServedGroup(options);
  try {
    await group.start(inside, module, all);
    return group.served;
  } catch (error) {
    await group.close(0);
    throw error;
  }
}

class ServedGroup {
  readonly #options: ServeOptions;
  readonly #cache: ReplyCache | undefined;
  readonly #desks = new Map<Member, RepliesDesk>();
  readonly #sessions: SessionsHost;
  readonly #sessionDesks = new Map<Member, SessionsDesk>();
  readonly #watching = new Set<(endpoints: readonly Endpoint[]) => void>();
  readonly #closingHooks: ((drain: number) => unknown)[] = [];
  #opened: readonly Opened[] = [];
  #supervisor: Supervisor | undefined;
  #folder: string | undefined;
  #registration: Registration | undefined;
  #programs: AboutServer["programs"] = [];
  #serving: readonly Member[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: ServeOptions) {
    this.#options = options;
    const { replyCache = { streams: false }, sessionLog, clock } = options;
    this.#sessions = new SessionsHost(sessionLog, clock);
    if (replyCache !== false)
      this.#cache = memoryReplyCache(clock === undefined ? replyCache : { clock, ...replyCache });
  }

  async start({ entry, taken }: ServeInside, module: string | URL, options: ProcessOptions): Promise<void> {
    const { listen = [], mode, backlog, reusePort = false, accept, env, clock } = this.#options;
    const early: [Socket, ConnectionNote][] = [];
    this.#folder = await mkdtemp(join(tmpdir(), "lupine-workers-"));
    this.#opened = await openAll(
      listen.map((text) => servable(text)),
      {
        mode,
        backlog,
        reusePort,
        clock,
        taken,
        accepted: (socket, at) => {
          if (this.#supervisor === undefined) early.push([socket, { at }]);
          else this.#supervisor.handOver(socket, { at } satisfies ConnectionNote);
        },
      },
    ).catch((error) => {
      for (const [socket] of early) socket.destroy();
      throw error;
    });
    const inherited = this.#opened.flatMap(({ descriptorFor }) => descriptorFor ?? []);
    const piped = this.#cache !== undefined && options.kind !== "thread";
    const plan: ServedPlan = {
      addresses: this.#opened.map(({ served }) => served),
      accept,
      replies: this.#cache && { datagramsOnly: this.#cache.datagramsOnly === true },
      pipe: piped ? pipeBehind(inherited) : undefined,
      folder: this.#folder,
      counts: this.#options.recycle?.calls !== undefined,
    };
    this.#supervisor = new Supervisor(
      module,
      { ...options, env: { ...env, [planVariable]: JSON.stringify(plan) } },
      {
        entry,
        descriptorsOf: (place) => inherited.map((descriptorFor) => descriptorFor(place)),
        piped,
        onReady: (member) => this.#joined(member),
        onLeaving: (member) => this.#left(member),
        onEnded: (member) => this.#ended(member),
        onInside: (message, member) => this.#asked(message, member),
      },
    );
    for (const [socket, note] of early) this.#supervisor.handOver(socket, note);
    this.#supervisor.broken.catch(() => this.close(0));
    await this.#supervisor.start();
    await this.#register();
  }

  close(drain?: number): Promise<void> {
    this.#closing ??= this.#close(drain);
    return this.#closing;
  }

  async #close(drain?: number): Promise<void> {
    for (const hook of this.#closingHooks) await hook(drain ?? defaultDrain);
    // Connections that are not accepted yet are refused; all that were accepted are with the workers.
    const streams = this.#opened.filter(({ address }) => address.kind !== "udp");
    await Promise.all(streams.map((one) => one.close()));
    await this.#supervisor?.close(drain === undefined ? {} : { drain });
    await Promise.all(this.#opened.filter((one) => !streams.includes(one)).map((one) => one.close()));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  get served(): Served {
    const supervisor = this.#supervisor as Supervisor;
    const group = this;
    const close = (options: { readonly drain?: number } = {}): Promise<void> => {
      checkOptions({ drain: "time" }, options);
      return this.close(options.drain);
    };
    return {
      name: "worker processes",
      balance: "least-busy",
      broken: supervisor.broken,
      addresses: this.#opened.map(({ address }) => address),
      get size() {
        return supervisor.size;
      },
      get workers() {
        return supervisor.workers;
      },
      get programs() {
        return group.#programs;
      },
      get registration() {
        return group.#registration;
      },
      watch: (on) => this.#watch(on),
      // If there are workers, they do not serve the program.
      explain: async () => (this.#serving.length > 0 ? undefined : supervisor.whyNone()),
      resize: (size) => this.#resize(supervisor, size),
      reload: () => supervisor.reload(),
      sendToAll: (message) => supervisor.sendToAll(message),
      handOver: (socket, message) => supervisor.handOver(socket, message),
      close,
      [Symbol.asyncDispose]: () => close(),
    };
  }

  async #resize(supervisor: Supervisor, size: number): Promise<void> {
    const most = Math.max(supervisor.size, size);
    try {
      await supervisor.resize(size);
    } finally {
      // Also the sockets of new workers that have failed: the system would give them callers.
      for (let place = supervisor.size + 1; place <= most; place++)
        for (const { release } of this.#opened) release?.(place);
    }
  }

  #watch(on: (endpoints: readonly Endpoint[]) => void): () => void {
    this.#watching.add(on);
    on(this.#endpoints());
    return () => void this.#watching.delete(on);
  }

  #endpoints(): readonly Endpoint[] {
    return this.#serving.map((member) => {
      const { address, programs } = member.about as AboutServer;
      const versions = programs.map(({ number, version }) => ({ program: number, version }));
      return { id: address, addresses: [address], versions };
    });
  }

  #joined(member: Member): void {
    this.#programs = (member.about as AboutServer).programs;
    this.#serving = [...this.#serving, member];
    if (this.#cache !== undefined) this.#desks.set(member, repliesDesk(this.#cache, member));
    this.#report();
  }

  #asked(message: unknown, member: Member): void {
    if (isMessage<Questions>(message, "questions"))
      this.#desks.get(member)?.asked(asked_questions.decode(new XdrReader(message.questions)));
    else if (isMessage<SessionQuestions>(message, "sessionQuestions"))
      this.#sessionDesk(member).asked(message.sessionQuestions);
  }

  /** A worker may use its desk before it is ready: it sends the options of its sessions. */
  #sessionDesk(member: Member): SessionsDesk {
    let desk = this.#sessionDesks.get(member);
    if (desk === undefined) {
      desk = this.#sessions.desk((answers) => void member.send(answers));
      this.#sessionDesks.set(member, desk);
    }
    return desk;
  }

  #left(member: Member): void {
    this.#serving = this.#serving.filter((one) => one !== member);
    this.#report();
  }

  #ended(member: Member): void {
    this.#desks.get(member)?.close();
    this.#desks.delete(member);
    this.#sessionDesks.get(member)?.close();
    this.#sessionDesks.delete(member);
    this.#left(member);
  }

  #report(): void {
    const endpoints = this.#endpoints();
    for (const on of this.#watching) on(endpoints);
  }

  async #register(): Promise<void> {
    const { register: how = false } = this.#options;
    if (how === false) return;
    const group = this;
    const asServer = {
      programs: this.#programs.map((one): Program => ({ ...one, versionName: "", procedures: {} })),
      listeners: this.#opened,
      get closing() {
        return group.#closing !== undefined;
      },
      onClosing: (hook: (drain: number) => unknown) => void this.#closingHooks.push(hook),
    };
    this.#registration = await register(asServer, how === true ? {} : how);
  }
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS for an address that processes cannot share. */
function servable(text: string): Address {
  const address = resolveAddress(text, undefined);
  if (["tcp", "udp", "unix"].includes(address.kind)) return address;
  const message = `${text} cannot be shared by worker processes: give tcp://host:port, udp://host:port or unix:/path`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}

/** @throws TypeError */
function checkKind({ kind, listen = [], sessionLog }: ServeOptions): void {
  if (sessionLog?.commits === true)
    throw new TypeError(
      "options.sessionLog: workers cannot share a database's transactions; give await openSessionLog(path)",
    );
  if (kind === "thread" && listen.length > 0)
    throw new TypeError('options.listen needs kind: "process"; threads are called with createClient(PROGRAM, served)');
}
