// Access rules: an interceptor that checks the caller's address, port and credential.

import { BlockList, isIP, isIPv6 } from "node:net";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { ids, texts } from "../base/option-kinds.js";
import { isLoopback } from "../machine/ip-address.js";
import { AuthStat } from "../rpc/auth.js";
import type { Call, Interceptor } from "../rpc/call.js";
import type { Address } from "../transport/address.js";
import { OwnAddresses } from "./accepting.js";
import { deny } from "./refuse.js";

/**
 * One rule of `allow`. A caller matches a rule if it meets every condition that the rule sets. A rule must set at least one.
 */
export interface AllowRule {
  /**
   * Addresses of callers: IP addresses, networks such as `"10.0.0.0/8"` and `"2001:db8::/32"`, `"loopback"` (127.0.0.0/8,
   * ::1, Unix sockets, memory), or `"local"` (any address of this machine). Default: any.
   */
  readonly from?: readonly string[];
  /**
   * User ids in the AUTH_SYS credential. The caller chooses its own credential, so this proves nothing unless you trust its
   * machine. Default: any.
   */
  readonly users?: readonly number[];
  /**
   * Group ids in the AUTH_SYS credential; the caller must have one of them. Like `users`, this proves nothing unless you trust the caller's machine.
   * Default: any.
   */
  readonly groups?: readonly number[];
  /**
   * Authenticated names of callers, as in `call.identity.principal`: Kerberos principals such as `"alice@EXAMPLE.ORG"`, and the names that
   * `tls.identify` returns for certificates. Compared exactly: case matters. Default: any.
   */
  readonly principals?: readonly string[];
  /** Requires a source port below 1024, which only root on the caller's machine can open. Unix sockets always match. Default false. */
  readonly reservedPort?: boolean;
  /** A condition of your own. Returns true, or a promise of true, to let the call in. If it throws, the call is refused. Default: none. */
  readonly check?: (call: Call) => boolean | Promise<boolean>;
}

const table: OptionTable<AllowRule> = {
  from: texts,
  users: ids,
  groups: ids,
  principals: texts,
  reservedPort: "flag",
  check: "function",
};

/**
 * Makes an interceptor that lets a call through if one of the rules matches it. Other calls get AUTH_ERROR (AUTH_TOOWEAK)
 * before their handler runs. Procedure 0 is answered to every caller, as RFC 5531 section 12.1 requires. Source addresses of
 * datagrams can be forged.
 * @throws TypeError for an empty rule, an invalid address, or an invalid option.
 * @example
 * const server = new Server({
 *   interceptors: [allow({ from: ["loopback"] }, { from: ["10.0.0.0/8"], users: [1000] })],
 * });
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

/**
 * Lets in programs on this machine that call over 127.0.0.1, ::1 or a Unix socket. Short for `allow({ from: ["loopback"]
 * })`.
 * @example
 * const server = new Server({ interceptors: [allowLoopback()] });
 */
export function allowLoopback(): Interceptor {
  return allow({ from: ["loopback"] });
}

/**
 * Lets in callers whose AUTH_SYS credential has one of these user ids. Short for `allow({ users })`; combine it with `from`,
 * because a caller can claim any user id.
 * @example
 * const server = new Server({ interceptors: [allowUsers(0, 1000)] });
 */
export function allowUsers(...users: readonly number[]): Interceptor {
  return allow({ users });
}

/**
 * Lets in callers from these networks. Short for `allow({ from })`.
 * @example
 * const server = new Server({ interceptors: [allowNetworks("10.0.0.0/8", "2001:db8::/32")] });
 */
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
  const { from, users, groups, principals, reservedPort, check } = rule;
  const tests: Test[] = [];
  if (from !== undefined) tests.push(addressTest(from, where, own));
  if (users !== undefined)
    tests.push(({ identity }) => identity?.sys !== undefined && users.includes(identity.sys.uid));
  if (groups !== undefined) tests.push((call) => groupsOf(call).some((gid) => groups.includes(gid)));
  if (principals !== undefined)
    tests.push(({ identity }) => identity?.principal !== undefined && principals.includes(identity.principal));
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
