// Starts one worker of a group, as the options of the group describe it.
import { systemClock } from "../base/clock.js";
import { Member, type MemberOwner } from "./member.js";
import { defaultHeartbeat, defaultReadyTimeout, type ProcessOptions, variedLimits } from "./options.js";

/** Options that only this room sets. */
export interface Inside {
  /** The file that the workers run. Default: the one that loads the module and nothing more. */
  readonly entry?: URL;
  /** The descriptors that the workers of a place inherit. */
  readonly descriptorsOf?: (place: number) => readonly number[];
  /** Whether each worker process gets a pipe. Default false. */
  readonly piped?: boolean;
  /** Called when a worker is ready, before work is given to it. */
  readonly onReady?: (member: Member) => void;
  /** Called just before a worker gets the message to leave. */
  readonly onLeaving?: (member: Member) => void;
  readonly onEnded?: (member: Member) => void;
  readonly onInside?: (message: unknown, member: Member) => void;
}

const plainEntry = new URL("./worker-main.js", import.meta.url);

/** Starts a worker of `module` in a place, which is a number from 1. */
export function newMember(
  place: number,
  module: string,
  options: ProcessOptions,
  { entry = plainEntry, descriptorsOf, piped = false }: Inside,
  owner: MemberOwner,
): Member {
  const { kind = "process", args = [], env, execArgv, onLine, heartbeat, readyTimeout, clock = systemClock } = options;
  return new Member(
    {
      place,
      child: {
        kind,
        entry,
        args: [module, ...args],
        env,
        execArgv,
        descriptors: descriptorsOf?.(place) ?? [],
        piped,
        readOutput: onLine !== undefined,
      },
      module,
      clock,
      readyTimeout: readyTimeout ?? defaultReadyTimeout,
      heartbeat: heartbeat === false ? undefined : { ...defaultHeartbeat, ...heartbeat },
      most: variedLimits(options.recycle ?? {}, clock),
    },
    owner,
  );
}
