// Which options apply to which targets. An option that does not apply to its target is an error: if it were ignored,
// the mistake would be noticed much later.
import type { TargetTraits } from "./target-traits.js";

const made = "dir:, dir://, list, address";
const hosts = "dir:, dir://, list, host without port";

/** The options that apply only to some kinds of targets. */
const uses: readonly (readonly [kinds: string, options: string])[] = [
  ["dir:", "directory"],
  ["dir:, dir://, list, host name", "balance"],
  [hosts, "transport rpcbind"],
  ["universal address, host without port", "netid"],
  ["dir:, dir://, list, udp", "strictReplyAddress"],
  ["dir:, dir://, list, tcp, tls", "tls"],
  [made, "times retryBudget connectTimeout connection keepAlive backoff waitForServer"],
  // `retransmit` has no effect over TCP, which retransmits nothing. It is allowed there, so that a program can set it once for
  // both transports.
  [`${made}, connection`, "auth retransmit limits lenient onLeftOver strict callbacks"],
  ["server", "encode"],
  ["address", "session"],
];

/** @throws TypeError that names the option. */
export function checkApplies({ kinds, name }: TargetTraits, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const [use] = uses.find(([, options]) => options.split(" ").includes(option)) ?? [];
    if (value === undefined || use === undefined) continue;
    if (!kinds.some((kind) => use.split(", ").includes(kind))) {
      throw new TypeError(`options.${option} does not apply to ${name}; it is for targets of the kind ${use}`);
    }
  }
}
