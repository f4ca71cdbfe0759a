// The servers of a service as the directory has them now, and who of them may get a call.
import type { Program } from "../../rpc/program.js";
import type { ServiceEntry } from "../engine.js";
import { Member, type MemberContext } from "./member.js";
import type { Policy } from "./policy.js";

const none: ReadonlySet<Member> = new Set();

export class Members {
  readonly #context: MemberContext;
  readonly #policy: Policy;
  readonly #members = new Map<string, Member>();
  /** Those that finish their calls. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #left = new Set<Member>();
  /** For each program, who may get a call that has failed nowhere yet. */
  #ready = new Map<Program, readonly Member[]>();

  constructor(context: MemberContext, policy: Policy) {
    this.#context = context;
    this.#policy = policy;
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Takes over what the directory says. A server that says something else of itself is a new one. */
  update(entries: readonly ServiceEntry[]): void {
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
    this.forgetReady();
  }

  /** Health has changed. */
  forgetReady(): void {
    this.#ready = new Map();
  }

  /**
   * Who gets the call: of those that are well the ones of the lowest priority, then the others that are well, and last
   * those that are not, because they may be well again. Undefined: all have been tried.
   */
  choose(program: Program, tried: ReadonlySet<Member> = none): Member | undefined {
    const fresh = tried.size === 0;
    let candidates = fresh ? this.#ready.get(program) : undefined;
    if (candidates === undefined) {
      candidates = this.#candidates(program, tried);
      if (fresh) this.#ready.set(program, candidates);
    }
    if (candidates.length <= 1) return candidates[0];
    return this.#policy(candidates);
  }

  /** How many could still be tried. */
  countOthers(program: Program, tried: ReadonlySet<Member>): number {
    let count = 0;
    for (const member of this.#members.values()) {
      if (member.failures === 0 && member.implements(program) && !tried.has(member)) count++;
    }
    return count;
  }

  async close(): Promise<void> {
    for (const member of this.#members.values()) this.#release(member);
    this.#members.clear();
    this.forgetReady();
    await Promise.all(this.#leaving);
  }

  destroy(reason?: Error): void {
    for (const member of [...this.#members.values(), ...this.#left]) member.destroy(reason);
    this.#members.clear();
    this.forgetReady();
  }

  #candidates(program: Program, tried: ReadonlySet<Member>): readonly Member[] {
    const open = this.all.filter((member) => !tried.has(member) && member.implements(program));
    const good = open.filter((member) => member.isGood);
    if (good.length > 0) return ofLowest(good, ({ priority }) => priority);
    // Who connects slowly may still get there; who has failed least often comes next.
    return ofLowest(open, ({ failures }) => failures);
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

function isSame(one: ServiceEntry, other: ServiceEntry): boolean {
  return one === other || keyOf(one) === keyOf(other);
}

function keyOf({ versions, addresses, priority = 0, weight = 1 }: ServiceEntry): string {
  return JSON.stringify([versions.map(({ program, version }) => [program, version]), addresses, priority, weight]);
}
