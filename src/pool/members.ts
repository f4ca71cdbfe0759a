// The servers of a pool as its source reports them, and which of them may get a call.
import type { Program } from "../rpc/program.js";
import type { Endpoint } from "./endpoints.js";
import { Member, type MemberContext } from "./member.js";
import type { BalanceName } from "./options.js";
import { type Policy, policyNamed } from "./policy.js";

/** The servers that may get a call of a program. */
interface Choice {
  readonly program: Program;
  /** The servers with the best priority, if they have not failed the call yet. */
  readonly first: readonly Member[];
  /** All healthy servers. */
  readonly well: readonly Member[];
}

const none: readonly Member[] = [];

export class Members {
  readonly #context: MemberContext;
  readonly #policy: Policy;
  readonly #stays: boolean;
  readonly #members = new Map<string, Member>();
  /** Removed servers that finish their calls. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #left = new Set<Member>();
  /** Cached until the next change. Only one is kept: a channel rarely carries several programs. */
  #choice: Choice | undefined;

  constructor(context: MemberContext, balance: BalanceName = "round-robin") {
    this.#context = context;
    this.#policy = policyNamed(balance, () => context.deadlines.clock.random());
    this.#stays = balance === "sticky";
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Updates the servers from the source's report. A server whose description has changed is treated as a new one. */
  update(entries: readonly Endpoint[]): void {
    const left = new Map(this.#members);
    for (const entry of entries) {
      const known = this.#members.get(entry.id);
      if (known !== undefined && isSame(known.entry, entry)) left.delete(entry.id);
      else this.#members.set(entry.id, new Member(entry, this.#context));
    }
    for (const [id, member] of left) {
      if (this.#members.get(id) === member) this.#members.delete(id);
      this.#release(member);
    }
    this.forgetChoice();
  }

  /** Must be called when the health of a server has changed. */
  forgetChoice(): void {
    this.#choice = undefined;
  }

  /**
   * Chooses the server: first healthy servers with the lowest priority number, then other healthy ones, and last the
   * unhealthy ones, which may have recovered. Undefined: all have been tried.
   */
  choose(program: Program, tried = none): Member | undefined {
    const candidates = tried.length === 0 ? this.#choiceFor(program).first : this.#candidates(program, tried);
    if (candidates.length <= 1) return candidates[0];
    return this.#policy(candidates);
  }

  /** The number of healthy servers that can still be tried. */
  countOthers(program: Program, tried: readonly Member[]): number {
    const { well } = this.#choiceFor(program);
    let count = well.length;
    for (const member of tried) if (well.includes(member)) count--;
    return count;
  }

  async close(): Promise<void> {
    for (const member of this.#members.values()) this.#release(member);
    this.#members.clear();
    this.forgetChoice();
    await Promise.all(this.#leaving);
  }

  destroy(reason?: Error): void {
    for (const member of [...this.#members.values(), ...this.#left]) member.destroy(reason);
    this.#members.clear();
    this.forgetChoice();
  }

  #choiceFor(program: Program): Choice {
    if (this.#choice?.program === program) return this.#choice;
    const well = this.all.filter((member) => member.failures === 0 && member.implements(program));
    this.#choice = { program, first: this.#candidates(program, none), well };
    return this.#choice;
  }

  #candidates(program: Program, tried: readonly Member[]): readonly Member[] {
    const open = this.all.filter((member) => !tried.includes(member) && member.implements(program));
    const good = open.filter((member) => member.isGood);
    if (good.length > 0) return this.#calm(ofLowest(good, ({ priority }) => priority));
    // A slow connection may still succeed; then prefer the server that failed least often.
    return ofLowest(open, ({ failures }) => failures);
  }

  /** Leaves out silent servers that are being probed if others have the same priority. Sticky clients keep their server. */
  #calm(members: readonly Member[]): readonly Member[] {
    if (this.#stays || members.every(({ isAsked }) => isAsked)) return members;
    return members.filter(({ isAsked }) => !isAsked);
  }

  #release(member: Member): void {
    this.#left.add(member);
    const leaving: Promise<void> = member.leave().finally(() => {
      this.#leaving.delete(leaving);
      this.#left.delete(member);
    });
    this.#leaving.add(leaving);
  }
}

function ofLowest(members: readonly Member[], by: (member: Member) => number): readonly Member[] {
  const lowest = Math.min(...members.map(by));
  return members.filter((member) => by(member) === lowest);
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one === other || keyOf(one) === keyOf(other);
}

function keyOf({ versions = [], addresses, priority = 0, weight = 1 }: Endpoint): string {
  return JSON.stringify([versions.map(({ program, version }) => [program, version]), addresses, priority, weight]);
}
