// Calls procedure 0 of programs.
import { messageOf } from "../../base/show.js";
import type { BinderEntry } from "../../binding/index.js";
import type { Channel } from "../../rpc/call.js";
import type { Program } from "../../rpc/program.js";
import type { Address } from "../../transport/address.js";
import type { TlsConnectOptions } from "../../transport/tls/connect-options.js";

export interface ProbeResult {
  /** Milliseconds for the call alone, without connecting. */
  readonly milliseconds?: number;
  /** Why there was no answer. */
  readonly error?: string;
  /** The error in one or two words. */
  readonly kind?: "no contact" | "silent" | "refused" | "no TLS" | "TLS fails" | "not called";
  /** The protection of the connection, if TLS was asked for. */
  readonly tls?: ProbedTls;
}

export interface ProbedTls {
  readonly protocol: string;
  readonly cipher: string;
  readonly subject: string;
  readonly validTo: string;
}

/** The most calls at a time. */
const probesAtOnce = 16;
/** The most registrations that are called: any user of the other machine may register many that do not answer. */
const mostProbes = 1_000;

/** All results in order, with several calls at a time. Never throws. */
export async function probeAll(
  host: string,
  entries: readonly BinderEntry[],
  timeout: number,
  tls?: TlsConnectOptions,
  most: number = mostProbes,
): Promise<readonly ProbeResult[]> {
  const notCalled: ProbeResult = { error: `not called: only ${most} registrations are`, kind: "not called" };
  const results = new Array<ProbeResult>(entries.length).fill(notCalled);
  const count = Math.min(entries.length, most);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      results[i] = await probeEntry(host, entries[i] as BinderEntry, timeout, tls);
    }
  };
  await Promise.all(Array.from({ length: probesAtOnce }, work));
  return results;
}

/** Never throws: whatever goes wrong is the result. */
export async function probeEntry(
  host: string,
  entry: BinderEntry,
  timeout: number,
  tls?: TlsConnectOptions,
): Promise<ProbeResult> {
  try {
    return await probeAddress(await addressOf(host, entry), entry.program, entry.version, timeout, tls);
  } catch (error) {
    return { ...failureOf(error), kind: "no contact" };
  }
}

/**
 * Never throws: whatever goes wrong is the result. `timeout`, in milliseconds, applies to connecting and to the call.
 */
export async function probeAddress(
  address: Address,
  number: number,
  version: number,
  timeout: number,
  tls?: TlsConnectOptions,
): Promise<ProbeResult> {
  const { connect } = await import("../../client/index.js");
  const { ping } = await import("../../rpc/null.js");
  try {
    await using channel = await connect(address, { timeout, connectTimeout: timeout, tls });
    const start = performance.now();
    await ping(channel, programOf(number, version));
    const milliseconds = Math.round((performance.now() - start) * 100) / 100;
    return { milliseconds, ...protectionOf(channel) };
  } catch (error) {
    return failureOf(error);
  }
}

export function programOf(number: number, version: number): Program {
  return { name: String(number), number, versionName: "", version, procedures: {} };
}

function protectionOf({ security }: Channel): { tls?: ProbedTls } {
  if (security?.certificate === undefined) return {};
  const { protocol, cipher, certificate } = security;
  return { tls: { protocol, cipher, subject: certificate.subject, validTo: certificate.validTo.toISOString() } };
}

function failureOf(error: unknown): ProbeResult {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  const message = messageOf(error);
  if (cause?.code === "TRANSPORT_TLS_NOT_OFFERED") return { error: message, kind: "no TLS" };
  if (cause?.code === "TRANSPORT_TLS_FAILED") return { error: message, kind: "TLS fails" };
  const kind = code === "RPC_TIMEOUT" ? "silent" : code === "RPC_DISCONNECTED" ? "no contact" : "refused";
  return { error: message, kind };
}

/** A server on all interfaces is called at the host that was asked. */
export async function addressOf(host: string, { netid, address }: BinderEntry): Promise<Address> {
  const { fromUniversalAddress } = await import("../../transport/index.js");
  const parsed = fromUniversalAddress(netid, address);
  if (!("host" in parsed) || !/^(0\.0\.0\.0|::)$/.test(parsed.host)) return parsed;
  const { isIP } = await import("node:net");
  const family = parsed.host === "::" ? 6 : 4;
  if (isIP(host) === family) return { ...parsed, host };
  if (isIP(host) !== 0 || host === "localhost") return { ...parsed, host: family === 6 ? "::1" : loopbackOr(host) };
  const { lookup } = await import("node:dns/promises");
  return { ...parsed, host: (await lookup(host, { family })).address };
}

/** For an IPv4 registration on a host given by its IPv6 address, the host itself is the best guess. */
function loopbackOr(host: string): string {
  return host === "localhost" || host === "::1" ? "127.0.0.1" : host;
}
