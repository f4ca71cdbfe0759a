// Which options apply to which targets. An option that does not apply to its target is an error: if it were ignored,
// the mistake would be noticed much later.
import type { TargetTraits } from "./target-traits.js";

const made = "dir:, dir://, list, address";
const hosts = "dir:, dir://, list, host without port";
const unshared = `${made}, connection`;

/** The kinds of targets to which an option applies. Options that are not listed apply to every target. */
const uses: Readonly<Record<string, string>> = {
  directory: "dir:",
  balance: "dir:, dir://, list, host name",
  transport: hosts,
  rpcbind: hosts,
  netid: "universal address, host without port",
  strictReplyAddress: "dir:, dir://, list, udp",
  tls: "dir:, dir://, list, tcp, tls",
  times: made,
  retryBudget: made,
  connectTimeout: made,
  connection: made,
  keepAlive: made,
  backoff: made,
  waitForServer: made,
  auth: unshared,
  // Has no effect over TCP, which retransmits nothing. It is allowed there, so that a program can set it once for both
  // transports.
  retransmit: unshared,
  limits: unshared,
  lenient: unshared,
  onLeftOver: unshared,
  strict: unshared,
  callbacks: unshared,
  encode: "server",
  session: "address",
};

/** @throws TypeError that names the option. */
export function checkApplies({ kinds, name }: TargetTraits, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const use = uses[option];
    if (value === undefined || use === undefined) continue;
    if (!kinds.some((kind) => use.split(", ").includes(kind))) {
      throw new TypeError(`options.${option} does not apply to ${name}; it is for targets of the kind ${use}`);
    }
  }
}
