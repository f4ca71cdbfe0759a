// Who may call: an interceptor that looks at the caller's address, port and credential.
import { BlockList, isIP, isIPv6 } from "node:net";
import { AuthStat } from "../rpc/auth.js";
import type { Call, Interceptor } from "../rpc/call.js";
import { checkOptions, type OptionTable } from "../rpc/check-options.js";
import type { Address } from "../transport/address.js";
import { isLoopback } from "../transport/local-addresses.js";
import { OwnAddresses } from "./accepting.js";
import { deny } from "./refuse.js";

/** A caller is let in when all that a rule says holds for it. At least one thing must be said. */
export interface AllowRule {
  /**
   * Where callers are: IP addresses, networks such as "10.0.0.0/8" and "2001:db8::/32", "loopback" (127.0.0.0/8, ::1, Unix
   * sockets, memory), "local" (this machine, whichever of its addresses was used).
   */
  readonly from?: readonly string[];
  /** User ids of AUTH_SYS. What the caller says of itself: it proves nothing, unless its machine is trusted. */
  readonly users?: readonly number[];
  /** Group ids of AUTH_SYS, of which the caller must have one. As good as `users`. */
  readonly groups?: readonly number[];
  /** The caller's port is below 1024, so that the root of its machine has opened it. Unix sockets pass. */
  readonly reservedPort?: boolean;
  /** Anything else. */
  readonly check?: (call: Call) => boolean | Promise<boolean>;
}

const table: OptionTable<AllowRule> = {
  from: "texts",
  users: "numbers",
  groups: "numbers",
  reservedPort: "flag",
  check: "function",
};

/**
 * Lets calls through to which one of the rules applies; others get AUTH_ERROR, AUTH_TOOWEAK, before the handler runs.
 * Procedure 0 is answered to everybody, as RFC 5531 section 12.1 wants it. Addresses of datagrams can be forged.
 *
 * @example new Server({ interceptors: [allow({ from: ["loopback"] }, { from: ["10.0.0.0/8"], users: [1000] })] })
 * @throws TypeError for an empty rule, an invalid address, or a wrong option.
 */
export function allow(...rules: readonly AllowRule[]): Interceptor {
  if (rules.length === 0) throw new TypeError('allow needs a rule: allow({ from: ["loopback"] })');
  const own = new OwnAddresses();
  const tests = rules.map((rule, index) => testOf(rule, `rule ${index + 1}`, own));
  return async (call, next) => {
    if (call.procedure.number !== 0 && !(await isAllowed(tests, call))) throw deny(AuthStat.TOOWEAK);
    return next(call);
  };
}

/** Programs of this machine that call by 127.0.0.1, ::1 or a Unix socket. */
export function allowLoopback(): Interceptor {
  return allow({ from: ["loopback"] });
}

/** Callers with AUTH_SYS that say to be one of these users. Combine it with `from`: see AllowRule. */
export function allowUsers(...users: readonly number[]): Interceptor {
  return allow({ users });
}

/** Callers in these networks: `allowNetworks("10.0.0.0/8", "2001:db8::/32")`. */
export function allowNetworks(...from: readonly string[]): Interceptor {
  return allow({ from });
}

type Test = (call: Call) => boolean | Promise<boolean>;

async function isAllowed(tests: readonly Test[], call: Call): Promise<boolean> {
  for (const test of tests) if (await test(call)) return true;
  return false;
}

function testOf(rule: AllowRule, where: string, own: OwnAddresses): Test {
  checkOptions(table, rule, where);
  const { from, users, groups, reservedPort, check } = rule;
  const tests: Test[] = [];
  if (from !== undefined) tests.push(addressTest(from, where, own));
  if (users !== undefined)
    tests.push(({ identity }) => identity?.sys !== undefined && users.includes(identity.sys.uid));
  if (groups !== undefined) tests.push((call) => groupsOf(call).some((gid) => groups.includes(gid)));
  if (reservedPort === true) tests.push(({ remote }) => !("port" in remote) || remote.port < 1024);
  if (check !== undefined) tests.push(check);
  if (tests.length === 0) throw new TypeError(`${where} says nothing, and would let everybody in`);
  return async (call) => {
    for (const test of tests) if (!(await test(call))) return false;
    return true;
  };
}

function groupsOf({ identity }: Call): readonly number[] {
  return identity?.sys === undefined ? [] : [identity.sys.gid, ...identity.sys.gids];
}

function addressTest(from: readonly string[], where: string, own: OwnAddresses): Test {
  const networks = new BlockList();
  for (const text of from) if (text !== "loopback" && text !== "local") addNetwork(networks, text, where);
  const loopback = from.includes("loopback");
  const local = from.includes("local");
  return ({ remote }) =>
    (loopback && isOnLoopback(remote)) ||
    (local && own.has(remote)) ||
    ("host" in remote && isIn(networks, remote.host));
}

function isOnLoopback(remote: Address): boolean {
  return !("host" in remote) || isLoopback(remote.host);
}

function isIn(networks: BlockList, host: string): boolean {
  const address = host.replace(/%.*$/, "");
  return networks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** @throws TypeError */
function addNetwork(networks: BlockList, text: string, where: string): void {
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (version === 0 || length > bits) {
    const accepted = '"loopback", "local", an IP address, or a network like 10.0.0.0/8';
    throw new TypeError(`${where}.from: ${JSON.stringify(text)} is not ${accepted}`);
  }
  networks.addSubnet(address, length, version === 6 ? "ipv6" : "ipv4");
}
