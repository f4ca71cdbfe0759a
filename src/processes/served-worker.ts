// A worker of `serve`: a server that serves the connections and datagrams of addresses that the supervisor has opened.
import { once } from "node:events";
import { rmdir } from "node:fs/promises";
import { createServer, type Server as NetServer, Socket } from "node:net";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import type { Interceptor } from "../rpc/call.js";
import type { ServerOptions } from "../server/options.js";
import { Server } from "../server/server.js";
import type { KeptSessions, SessionsElsewhere } from "../session/kept.js";
import type { SessionOptions } from "../session/options.js";
import { formatAddress } from "../transport/address.js";
import { XdrReader } from "../xdr/reader.js";
import { connectionOptions } from "./connection-options.js";
import { HandedConnections, inheritedUdp } from "./handed-connections.js";
import {
  type AboutServer,
  type Answers,
  type ConnectionNote,
  isMessage,
  planVariable,
  type Questions,
  type ServedPlan,
} from "./served-messages.js";
import type { SessionAnswers } from "./session-messages.js";
import { asked_answers, asked_questions } from "./shared-replies.gen.js";
import { type ReplyQuestion, SharedReplies } from "./shared-replies.js";
import { SharedSessions } from "./shared-sessions.js";
import { encoded, Wire } from "./wire.js";
import type { ThisWorker, Worker } from "./worker.js";

/** The module of a server: its default export adds the programs. */
export interface ServerModule {
  /** Called once in each worker, with a server that does not listen yet. */
  readonly default?: (server: Server, worker: Worker) => unknown;
  /** Options of the server. */
  readonly options?: ServerOptions;
}

/** @throws Error if the module has no function as its default export. */
export async function startServer(module: ServerModule, worker: ThisWorker): Promise<AboutServer> {
  const plan = takePlan();
  const implement = functionOf(module);
  const replies = sharedReplies(plan, worker);
  const server = new WorkerServer(serverOptions(module, plan, worker, replies), worker);
  const handed = plan.addresses.map((address, at) =>
    address.kind === "udp" ? undefined : new HandedConnections(at, address, worker),
  );
  worker.takeConnections((socket, note) => {
    const { at } = note as ConnectionNote;
    const target = handed[at];
    if (target === undefined) {
      socket.destroy();
      worker.connectionEnded();
    } else target.take(socket, note as ConnectionNote);
  });
  const acceptors: NetServer[] = [];
  worker.onLeaving(async () => {
    for (const acceptor of acceptors) acceptor.close();
    for (const one of handed) if (one !== undefined) one.leaving = true;
    // The supervisor decides how long it may take.
    await server.close({ drain: longestDrain });
    // The last worker succeeds.
    if (worker.isOrphan) await rmdir(plan.folder).catch(() => undefined);
  });
  await implement(server, worker);
  const accept = plan.accept === undefined ? {} : { accept: plan.accept };
  for (const [at, address] of plan.addresses.entries()) {
    const one = handed[at];
    const { descriptor: _, ...where } = { descriptor: 0, ...address };
    const schemes =
      address.kind === "udp"
        ? [inheritedUdp(address, (handle) => replies?.slows(handle))]
        : [one?.scheme("fresh"), one?.scheme("begun")];
    for (const scheme of schemes) if (scheme) await server.listen(where, { ...accept, schemes: [scheme] });
    if (address.kind !== "tcp" || address.descriptor === undefined) continue;
    const taken = (socket: Socket): void => {
      worker.connectionBegan();
      one?.take(socket, { at });
    };
    acceptors.push(await acceptOn(address.descriptor, taken));
  }
  const own = await server.listen(ownAddress(plan), { accept: "local" });
  return {
    programs: server.programs.map(({ name, number, version }) => ({ name, number, version })),
    address: formatAddress(own.address),
  };
}

/** A server whose sessions the supervisor keeps. */
class WorkerServer extends Server implements SessionsElsewhere {
  readonly #worker: Worker;

  constructor(options: ServerOptions, worker: Worker) {
    super(options);
    this.#worker = worker;
  }

  keepSessions(server: Server, options: SessionOptions): KeptSessions {
    const worker = this.#worker;
    const sessions = new SharedSessions(server, options, (sessionQuestions) => worker.send({ sessionQuestions }));
    worker.onMessage((message) => {
      if (isMessage<SessionAnswers>(message, "sessionAnswers")) sessions.answered(message);
    });
    return sessions;
  }
}

/** The worker is killed before that. */
const longestDrain = 2 ** 31 - 1;

function takePlan(): ServedPlan {
  const { [planVariable]: text = "" } = process.env;
  delete process.env[planVariable];
  return JSON.parse(text) as ServedPlan;
}

function functionOf(module: ServerModule): (server: Server, worker: Worker) => unknown {
  if (typeof module.default === "function") return module.default;
  throw new Error(
    "the module has no function as its default export: write `export default (server) => { server.implement(...); }`",
  );
}

function serverOptions(
  { options = {} }: ServerModule,
  plan: ServedPlan,
  worker: Worker,
  replies: SharedReplies | undefined,
): ServerOptions {
  const counting: Interceptor = (call, next) => {
    worker.count();
    return next(call);
  };
  return {
    ...(replies === undefined ? {} : { replyCache: replies }),
    ...options,
    ...(plan.counts ? { interceptors: [counting, ...(options.interceptors ?? [])] } : {}),
  };
}

/** Accepts the connections of a listening socket that this process inherits. */
async function acceptOn(fd: number, taken: (socket: Socket) => void): Promise<NetServer> {
  const acceptor = createServer(connectionOptions, (socket) => {
    socket.on("error", () => undefined);
    taken(socket);
  });
  acceptor.listen({ fd });
  await once(acceptor, "listening");
  // Without descriptors Node cannot accept; it tries again.
  acceptor.on("error", () => undefined);
  return acceptor;
}

function fail(error: unknown): void {
  throw error;
}

function sharedReplies({ replies, pipe }: ServedPlan, worker: ThisWorker): SharedReplies | undefined {
  if (replies === undefined) return undefined;
  if (pipe === undefined) {
    const send = (questions: readonly ReplyQuestion[]): void =>
      worker.send({ questions: encoded(asked_questions, questions) } satisfies Questions);
    const shared = new SharedReplies(replies.datagramsOnly, send);
    worker.onMessage((message) => {
      if (isMessage<Answers>(message, "answers")) shared.answered(asked_answers.decode(new XdrReader(message.answers)));
    });
    return shared;
  }
  const stream = new Socket({ fd: pipe, readable: true, writable: true });
  // The supervisor's channel keeps the process alive, while it has one.
  stream.unref();
  const shared = new SharedReplies(replies.datagramsOnly, (questions) => wire.send(questions));
  const wire = new Wire(stream, asked_questions, asked_answers, (answers) => shared.answered(answers), fail);
  worker.beforeEnd(() => wire.flushed());
  return shared;
}

function ownAddress({ folder }: ServedPlan): string {
  if (process.platform === "win32") return "tcp://127.0.0.1:0";
  return `unix:${join(folder, `${process.pid}-${threadId}`)}`;
}
