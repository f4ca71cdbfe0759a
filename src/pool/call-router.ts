// The parts of a pool that its calls use on their way from server to server.
import type { Backoff } from "../base/backoff.js";
import type { Deadlines } from "../peer/deadlines.js";
import type { ChannelCall } from "../rpc/call.js";
import type { RpcError } from "../rpc/errors.js";
import type { Program } from "../rpc/program.js";
import type { Listed } from "./calls.js";
import type { Member } from "./member.js";
import type { BalanceTimes } from "./options.js";
import type { RetryBudget } from "./retry-budget.js";
import type { MeaningOf } from "./verdict.js";

export interface CallRouter {
  readonly deadlines: Deadlines;
  readonly times: BalanceTimes;
  readonly waitForServer: boolean;
  /** The servers' name, for messages. */
  readonly name: string;
  /** Repeats calls that may have run already. */
  readonly budget: RetryBudget;
  readonly backoff: Backoff;
  /** See `PoolChannelOptions.meaningOf`. */
  readonly meaningOf: MeaningOf | undefined;
  /** Why the servers are not known yet, for messages. */
  readonly trouble: string | undefined;
  choose(program: Program, tried: readonly Member[]): Member | undefined;
  countOthers(program: Program, tried: readonly Member[]): number;
  /** A call was sent to the member, or answered by it. */
  used(member: Member): void;
  /** Explains why there is no server to call. Never rejects. */
  explainNone(request: ChannelCall): Promise<RpcError>;
  /** The call has been settled. */
  ended(call: Listed): void;
}
