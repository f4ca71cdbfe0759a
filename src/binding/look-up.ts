// Asks binders for the address of a program, in each version that they may speak (4, 3 and 2) and over each transport.
// The next question starts when one has failed, or in parallel when one is slow: a binder that is silent in one version
// may answer in another.
import { systemClock } from "../base/clock.js";
import { linkSignals } from "../base/link-signals.js";
import type { Found, Lookup } from "../client/locator.js";
import { RpcDisconnected } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import { type Attempt, firstToSucceed } from "../transport/race.js";
import { Binder, isNoAnswer } from "./binder.js";
import { binderTls } from "./binder-tls.js";
import type { BinderDialect } from "./dialect.js";
import { BindingError } from "./errors.js";
import { explainFailures, type Failure } from "./explain-look-up.js";
import { candidates, choose, notRegistered } from "./found.js";
import type { BinderEntry } from "./rpcbind/table.js";

/** Milliseconds after which the next version is tried in parallel with one that does not answer. */
const dialectDelay = 500;

/** The share of the caller's timeout after which the look-up itself reports why it failed. */
const shareOfTime = 0.9;

/** @throws BindingError */
export async function lookUp(addresses: readonly Address[], lookup: Lookup, timeout: number): Promise<Found> {
  const places = addresses.map((address) => new Place(address, lookup, timeout));
  const questions = places.flatMap((place) => place.questions);
  const time = (lookup.time ?? Number.POSITIVE_INFINITY) * shareOfTime;
  const late = new AbortController();
  const timer = time < 2 ** 31 ? systemClock.setTimeout(() => late.abort(), time) : undefined;
  const { signal, release } = linkSignals(lookup.signal, late.signal);
  try {
    const delay = Math.min(dialectDelay, time / (questions.length + 1));
    const attempts = questions.map(({ ask }) => ask);
    return await firstToSucceed(attempts, { delay, signal, isFinal: isConclusive });
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    if (lookup.signal.aborted) throw error.errors[0];
    const failures = questions.map((question, i): Failure => ({ ...question, error: error.errors[i] }));
    throw explainFailures(lookup.host, addresses, failures);
  } finally {
    systemClock.clearTimeout(timer);
    release();
    for (const place of places) place.close();
  }
}

/** The binder has answered that it does not know the program; this is not concluded from a missing answer. */
function isConclusive(error: unknown): boolean {
  return error instanceof BindingError && error.code === "RPC_NOT_REGISTERED" && error.cause === undefined;
}

/** One address of a binder. */
class Place {
  readonly questions: readonly { readonly address: Address; readonly version: number; readonly ask: Attempt<Found> }[];
  readonly #binder: Binder;
  readonly #lookup: Lookup;
  #connecting: Promise<void> | undefined;

  constructor(address: Address, lookup: Lookup, timeout: number) {
    this.#binder = new Binder(address, { timeout, tls: binderTls(address, lookup.tls) });
    this.#lookup = lookup;
    this.questions = this.#binder.dialects.map((dialect) => {
      return { address, version: dialect.version, ask: (signal) => this.#ask(dialect, signal) };
    });
  }

  close(): void {
    this.#binder.close();
  }

  async #ask(dialect: BinderDialect, signal: AbortSignal): Promise<Found> {
    const { program, transport } = this.#lookup;
    this.#connecting ??= this.#binder.connect({ signal });
    await this.#connecting;
    const { netid: over } = this.#binder;
    const netid = transport === "unix" ? "local" : over.endsWith("6") ? `${transport}6` : transport;
    const key = { program: program.number, version: program.version, netid };
    // Version 2 receives the transport in the question and supports only IPv4; later versions answer for the transport
    // of the question.
    const isAnswerable = dialect.version === 2 ? transport !== "unix" : over === netid;
    const asked = dialect.version === 2 ? { ...key, netid: transport } : key;
    const answer = isAnswerable ? await persistently(() => dialect.lookUp(asked, { signal })) : "";
    if (answer !== "") return candidates(this.#binder, this.#lookup, asked.netid, answer);
    const known = await persistently(() => dialect.dump({ signal })).catch((cause) => {
      throw isAnswerable && isNoAnswer(cause) ? notRegistered(this.#binder, this.#lookup, [], cause) : cause;
    });
    const entry = choose(known, this.#lookup, netid);
    if (entry === undefined) throw notRegistered(this.#binder, this.#lookup, known, doubtOf(known));
    return candidates(this.#binder, this.#lookup, entry.netid, entry.address);
  }
}

/** A binder lists itself, so an empty list is not a valid answer. */
function doubtOf(known: readonly BinderEntry[]): Error | undefined {
  return known.length === 0 ? new Error("the binder lists nothing at all") : undefined;
}

/** Small binders close the connection after each answer, perhaps while the next question is being sent. */
async function persistently<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof RpcDisconnected && error.mayHaveRun)) throw error;
    return question();
  }
}
