// Calls procedure 0 of a registered program.
import type { BinderEntry } from "../binding/index.js";
import type { Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";

export interface ProbeResult {
  /** Of the call alone, without connecting. */
  readonly milliseconds?: number;
  /** Why there was no answer. */
  readonly error?: string;
}

/** Never throws: whatever goes wrong is the result. */
export async function probeEntry(host: string, entry: BinderEntry, timeout: number): Promise<ProbeResult> {
  const { connect } = await import("../client/index.js");
  const { ping } = await import("../rpc/null.js");
  const number = entry.program;
  const program: Program = { name: String(number), number, versionName: "", version: entry.version, procedures: {} };
  try {
    await using channel = await connect(await addressOf(host, entry), { timeout });
    const start = performance.now();
    await ping(channel, program);
    return { milliseconds: Math.round((performance.now() - start) * 100) / 100 };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A server on every interface is reached at the host that was asked. */
async function addressOf(host: string, { netid, address }: BinderEntry): Promise<Address> {
  const { fromUniversalAddress } = await import("../transport/index.js");
  const parsed = fromUniversalAddress(netid, address);
  return "host" in parsed && /^(0\.0\.0\.0|::)$/.test(parsed.host) ? { ...parsed, host } : parsed;
}
