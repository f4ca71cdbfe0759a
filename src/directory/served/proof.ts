// Proofs of a shared secret: HMAC-SHA-256 over the claim of a change, its connection and its time. Both ends.

import { createHmac, timingSafeEqual } from "node:crypto";
import { systemClock } from "../../base/clock.js";
import { XdrWriter } from "../../xdr/writer.js";
import {
  dir_claim as claimType,
  type dir_change,
  type dir_claim,
  type dir_proved,
  dir_stat,
} from "../directory.gen.js";
import type { DirectorySecret } from "../engine.js";
import type { RejectedChange } from "./registrations.js";

export const defaultSecretName = "default";
export const shortestSecret = 16;

/** Gives a secret its name. @throws TypeError if the secret is too short or the name is not valid. */
export function checkSecret(
  { name = defaultSecretName, secret }: DirectorySecret,
  where: string,
): Required<DirectorySecret> {
  if (typeof name !== "string" || !/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
    throw new TypeError(`${where}.name: give 1 to 64 letters, digits, ".", "-" or "_"`);
  }
  if (typeof secret !== "string" || secret.length < shortestSecret) {
    throw new TypeError(`${where}.secret: give at least ${shortestSecret} characters that nobody can guess`);
  }
  return { name, secret };
}

/** Signs changes with one secret. Each proof has a later time than the one before. */
export class Prover {
  readonly #secret: Required<DirectorySecret>;
  readonly #now: () => number;
  #last = 0;

  /** `now` gives milliseconds since 1970. */
  constructor(secret: Required<DirectorySecret>, now: () => number = systemClock.date) {
    this.#secret = secret;
    this.#now = now;
  }

  /** `directory` is the answer of IDENTITY, over the only connection on which the proof is accepted. */
  prove(change: dir_change, directory: bigint): dir_proved {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#now()));
    const claim: dir_claim = { directory, key: this.#secret.name, time: BigInt(this.#last), change };
    return { claim, proof: proofOf(claim, this.#secret.secret) };
  }
}

/** Milliseconds by which the two clocks may differ, and for which an old claim could be replayed. */
export const longestSkew = 5 * 60_000;

/** The most ids whose last claim is remembered, shared equally by the secrets; each has at least this many. */
const mostRemembered = 200_000;
const leastRemembered = 20_000;

/** The last claim about one id. */
interface LastClaim {
  readonly time: number;
  readonly proof: string;
  /** The host that it came from first. */
  readonly origin: string;
  /** The answer to the claim; undefined until its change was carried out. */
  answer: { readonly refusal: RejectedChange | undefined } | undefined;
}

/** Where a claim came from. */
export interface ClaimSource {
  /** The host that the claim came from; "" for this machine. */
  readonly origin: string;
  /** The identity that the claim must name, because IDENTITY returned it there. */
  readonly directory: bigint;
  /** True for datagrams, which are sent again if the answer was lost. */
  readonly mayRepeat: boolean;
}

/** The claims with one secret. */
interface Remembered {
  /** By path and id, oldest first. */
  readonly last: Map<string, LastClaim>;
  /** The latest time among those that were forgotten. A claim about an unknown id must be later. */
  forgotten: number;
}

/**
 * Verifies proofs, on the directory's side. Claims are remembered by secret: one about the id of another owner must not make
 * the claims of that owner too old, and no owner can have the claims of others forgotten.
 */
export class ProofChecker {
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();
  /** The most claims that are remembered for one secret. */
  readonly #most: number;

  constructor(secrets: ReadonlyMap<string, string>, options: ProofOptions = {}) {
    this.#secrets = secrets;
    this.#now = options.now ?? systemClock.date;
    this.#most = options.remembered ?? Math.max(leastRemembered, Math.floor(mostRemembered / secrets.size));
  }

  /** Whether changes must be signed. */
  get isNeeded(): boolean {
    return this.#secrets.size > 0;
  }

  /** The number of ids that are remembered. */
  get remembered(): number {
    let all = 0;
    for (const { last } of this.#remembered.values()) all += last.size;
    return all;
  }

  /**
   * Carries a change out once. A datagram that repeats the last claim gets the same answer again and changes nothing, because
   * an attacker who has recorded it can send it, too.
   * @returns why the claim is rejected, or what `carryOut` has returned.
   */
  once(
    proved: dir_proved,
    source: ClaimSource,
    carryOut: () => RejectedChange | undefined,
  ): RejectedChange | undefined {
    const why = this.#whyNot(proved, source);
    if (why !== undefined) return why;
    const { key, time, change } = proved.claim;
    const { path, id } = nameOf(change);
    const proof = Buffer.from(proved.proof).toString("hex");
    const now: LastClaim = { time: Number(time), proof, origin: source.origin, answer: undefined };
    const last = this.#remember(key, `${path} ${id}`, now);
    if (last === now) {
      now.answer = { refusal: carryOut() };
      return now.answer.refusal;
    }
    const isRepeated = source.mayRepeat && last?.time === now.time && last.proof === proof;
    if (!isRepeated || last.answer === undefined)
      return notAllowed("a later one for this id has already been received");
    return last.origin === source.origin ? last.answer.refusal : notAllowed("it was received from another host before");
  }

  #whyNot({ claim, proof }: dir_proved, { directory }: ClaimSource): RejectedChange | undefined {
    const secret = this.#secrets.get(claim.key);
    // A caller without the secret must not learn which names exist.
    if (secret === undefined || !timingSafeEqual(proofOf(claim, secret), proof)) {
      return notAllowed(`the proof was not made with the secret ${JSON.stringify(claim.key)}`);
    }
    if (claim.directory !== directory) {
      const why = "the change was signed for another connection, or for another directory";
      return { status: dir_stat.DIR_OTHER_DIRECTORY, why };
    }
    const ahead = Number(claim.time) - this.#now();
    if (Math.abs(ahead) <= longestSkew) return undefined;
    const difference = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"}`;
    return notAllowed(`the clock of the registering machine is ${difference} the directory's: set both by NTP`);
  }

  /** @returns `now` if it is new; otherwise the last one about that id, or undefined if that was forgotten. */
  #remember(key: string, what: string, now: LastClaim): LastClaim | undefined {
    const known = this.#remembered.get(key) ?? { last: new Map(), forgotten: 0 };
    this.#remembered.set(key, known);
    const last = known.last.get(what);
    if (now.time <= (last?.time ?? known.forgotten)) return last;
    known.last.delete(what);
    known.last.set(what, now);
    this.#forget(known);
    return now;
  }

  /** Forgets proofs older than the allowed clock difference: their time rejects them, even if the clock is set back later. */
  #forget(known: Remembered): void {
    const oldest = this.#now() - 2 * longestSkew;
    for (const [what, { time }] of known.last) {
      if (time > oldest && known.last.size <= this.#most) return;
      known.forgotten = Math.max(known.forgotten, time);
      known.last.delete(what);
    }
  }
}

export interface ProofOptions {
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** The most ids that are remembered of each secret. */
  readonly remembered?: number | undefined;
}

function notAllowed(why: string): RejectedChange {
  return { status: dir_stat.DIR_NOT_ALLOWED, why };
}

function nameOf(change: dir_change): { readonly path: string; readonly id: string } {
  if (change.action === 2) return change.withdrawal;
  return { path: change.registration.path, id: change.registration.entry.id };
}

function proofOf(claim: dir_claim, secret: string): Uint8Array<ArrayBuffer> {
  const out = new XdrWriter();
  claimType.encode(out, claim);
  return new Uint8Array(createHmac("sha256", secret).update(out.toBytes()).digest());
}
