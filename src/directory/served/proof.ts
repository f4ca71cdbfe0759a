// Proofs of a shared secret: HMAC-SHA-256 over the claim of a change and its time. Both ends.

import { createHmac, timingSafeEqual } from "node:crypto";
import { systemClock } from "../../base/clock.js";
import { XdrWriter } from "../../xdr/writer.js";
import { dir_claim as claimType, type dir_change, type dir_claim, type dir_proved } from "../directory.gen.js";
import type { DirectorySecret } from "../engine.js";

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

  prove(change: dir_change): dir_proved {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#now()));
    const claim: dir_claim = { key: this.#secret.name, time: BigInt(this.#last), change };
    return { claim, proof: proofOf(claim, this.#secret.secret) };
  }
}

/** Milliseconds by which the two clocks may differ, and for which an old claim could be replayed. */
export const longestSkew = 5 * 60_000;

/** The most ids of all secrets whose last claim is remembered; beyond that, the oldest claim is forgotten. */
const mostRemembered = 200_000;

/** Verifies proofs, on the directory's side. */
export class ProofChecker {
  readonly #secrets: ReadonlyMap<string, string>;
  readonly #now: () => number;
  /**
   * The last claim of each secret about each id, oldest first. By secret: a claim about the id of another owner must not
   * make the claims of that owner too old.
   */
  readonly #last = new Map<string, { readonly time: number; readonly proof: string }>();

  constructor(secrets: ReadonlyMap<string, string>, now: () => number = systemClock.date) {
    this.#secrets = secrets;
    this.#now = now;
  }

  /** Whether changes must be signed. */
  get isNeeded(): boolean {
    return this.#secrets.size > 0;
  }

  /** The number of ids that are remembered. */
  get remembered(): number {
    return this.#last.size;
  }

  /** `mayRepeat`: true for datagrams, which are repeated if the answer was lost. @returns why the claim is rejected. */
  check({ claim, proof }: dir_proved, mayRepeat: boolean): string | undefined {
    const secret = this.#secrets.get(claim.key);
    // A caller without the secret must not learn which names exist.
    if (secret === undefined || !timingSafeEqual(proofOf(claim, secret), proof)) {
      return `the proof was not made with the secret ${JSON.stringify(claim.key)}`;
    }
    const time = Number(claim.time);
    const ahead = time - this.#now();
    if (Math.abs(ahead) > longestSkew) {
      const difference = `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"}`;
      return `the clock of the registering machine is ${difference} the directory's: set both by NTP`;
    }
    const { path, id } = nameOf(claim.change);
    return this.#remember(`${claim.key} ${path} ${id}`, { time, proof: Buffer.from(proof).toString("hex") }, mayRepeat);
  }

  #remember(key: string, now: { time: number; proof: string }, mayRepeat: boolean): string | undefined {
    const last = this.#last.get(key);
    const isRepeated = mayRepeat && last?.time === now.time && last.proof === now.proof;
    if (last !== undefined && now.time <= last.time && !isRepeated)
      return "a later one for this id has already been received";
    this.#last.delete(key);
    this.#last.set(key, now);
    this.#forget();
    return undefined;
  }

  /** Proofs older than the allowed clock difference are rejected because of their time. */
  #forget(): void {
    const oldest = this.#now() - 2 * longestSkew;
    for (const [key, { time }] of this.#last) {
      if (time > oldest && this.#last.size <= mostRemembered) return;
      this.#last.delete(key);
    }
  }
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
