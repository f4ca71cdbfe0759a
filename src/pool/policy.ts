// Chooses which of several servers gets the next call. Policies know nothing of addresses and health; they see only the
// servers that may be chosen.
import { systemClock } from "../base/clock.js";
import type { BalanceName } from "./options.js";

/** A server, as policies see it. */
export interface Candidate {
  /** Its weight, 1 or more. */
  readonly weight: number;
  /** Calls of this client that it has, or will get when it is connected. */
  readonly load: number;
  /**
   * A policy's own counter. It starts at a random share of the weight, so that clients do not all start with the same
   * server.
   */
  turn: number;
}

/** Chooses one of the `candidates`, which are never empty. */
export type Policy = <C extends Candidate>(candidates: readonly C[]) => C;

/** @throws TypeError for an unknown name. */
export function policyNamed(name: BalanceName, random: () => number = systemClock.random): Policy {
  switch (name) {
    case "round-robin":
      return inTurn;
    case "least-busy":
      return leastBusy;
    case "sticky":
      return sticky(random);
    default:
      throw new TypeError(`balance is ${JSON.stringify(name)}: round-robin, least-busy or sticky`);
  }
}

/**
 * Smooth weighted round robin: each candidate's counter grows by its weight; the candidate with the highest counter is
 * chosen, and its counter is reduced by the total weight.
 */
function inTurn<C extends Candidate>(candidates: readonly C[]): C {
  let best = candidates[0] as C;
  let total = 0;
  for (const candidate of candidates) {
    candidate.turn += candidate.weight;
    total += candidate.weight;
    if (candidate.turn > best.turn) best = candidate;
  }
  best.turn -= total;
  return best;
}

/** Among equally busy servers, each in turn. */
function leastBusy<C extends Candidate>(candidates: readonly C[]): C {
  let least = Number.POSITIVE_INFINITY;
  let idle: C[] = [];
  for (const candidate of candidates) {
    const load = (candidate.load + 1) / candidate.weight;
    if (load > least) continue;
    if (load < least) idle = [];
    least = load;
    idle.push(candidate);
  }
  return inTurn(idle);
}

/** Stays with its choice. Chooses at random by weight, so that clients spread over the servers. */
function sticky(random: () => number): Policy {
  let chosen: Candidate | undefined;
  return <C extends Candidate>(candidates: readonly C[]): C => {
    const kept = candidates.find((candidate) => candidate === chosen) ?? byChance(candidates, random);
    chosen = kept;
    return kept;
  };
}

function byChance<C extends Candidate>(candidates: readonly C[], random: () => number): C {
  let left = random() * candidates.reduce((sum, { weight }) => sum + weight, 0);
  for (const candidate of candidates) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  return candidates[0] as C;
}
