// The servers that have failed one call, and the error that its caller gets if none succeeds.
import type { ChannelCall } from "../rpc/call.js";
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import type { Member } from "./member.js";

/** The most failures that a call remembers for its error message. */
const mostFailures = 16;

interface Failure {
  readonly member: Member;
  readonly error: unknown;
}

export class CallFailures {
  readonly #failures: Failure[] = [];
  /** Servers that would refuse the call again. */
  readonly #unable = new Set<Member>();

  /** Records a failure. Once the call may have run, later failures do not change that. `lasting`: see `Verdict`. */
  add(member: Member, error: unknown, lasting: boolean): void {
    const failures = this.#failures;
    if (lasting) this.#unable.add(member);
    failures.push({ member, error });
    if (failures.length <= mostFailures) return;
    const first = failures.findIndex((failure) => !hasRun(failure));
    failures.splice(first < 0 ? 1 : first, 1);
  }

  /** Whether one of the servers may have run the call. */
  get mayHaveRun(): boolean {
    return this.#failures.some(hasRun);
  }

  /** Whether each of these servers has refused the call permanently. */
  arePermanent(servers: readonly Member[]): boolean {
    return this.#unable.size > 0 && servers.every((member) => this.#unable.has(member));
  }

  /** Whether one of the errors is of this kind. */
  some(isWanted: (error: unknown) => boolean): boolean {
    return this.#failures.some(({ error }) => isWanted(error));
  }

  /** The error to report: that of the server that may have run the call, if any. `name`: of the servers, for the message. */
  worst(name: string): RpcError | undefined {
    const failures = this.#failures;
    const ran = failures.find(hasRun);
    if (ran !== undefined) return ran.error as RpcError;
    const last = failures.at(-1)?.error;
    if (failures.length <= 1 || !(last instanceof RpcError)) return last as RpcError | undefined;
    const each = failures.map(({ member, error }) => `${member.name}: ${(error as Error).message}`).join("; ");
    const message = `none of ${failures.length} servers of ${name} could be called: ${each}`;
    return new RpcDisconnected(message, { mayHaveRun: false, cause: last });
  }
}

function hasRun({ error }: Failure): boolean {
  return error instanceof RpcError && error.mayHaveRun;
}

/** The error of a call whose time was over before a server could get it. `timeout` in milliseconds. */
export function noServerInTime(
  { program, procedure }: ChannelCall,
  servers: string,
  why: {
    readonly timeout: number;
    readonly mayHaveRun: boolean;
    readonly reason: string | undefined;
    readonly cause: unknown;
  },
): RpcTimeout {
  const { timeout, mayHaveRun, reason, cause } = why;
  const what = `${program.name} version ${program.version} ${procedure.name} at ${servers}`;
  const because = reason === undefined ? "" : `: ${reason}`;
  const message = `${what}: no server within ${Math.ceil(timeout)} ms (options.timeout)${because}`;
  return new RpcTimeout(message, { mayHaveRun, cause });
}
