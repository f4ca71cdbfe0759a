// A real DNS server for tests: knot, with one zone that can be written anew while it runs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accepts, type Running, run, start, until } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";

/** The reason to skip the tests on a machine without DNS server; undefined if it is installed. */
export function dnsServerMissing(): string | undefined {
  const found = spawnSync("sh", ["-c", 'PATH="$PATH:/usr/sbin" command -v knotd && command -v knotc'], {
    stdio: "ignore",
  });
  return found.status === 0 ? undefined : "No DNS server here: apt-get install knot.";
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
  /** Of the zone example.org. */
  readonly url: string;
  readonly process: Running;
  /** The zone has these records from now on, besides its own. */
  write(records: readonly string[]): Promise<void>;
}

const head = `$ORIGIN example.org.
$TTL 5
@ SOA ns hostmaster %SERIAL% 3600 600 86400 1
@ NS ns
ns A 127.0.0.1
`;

export async function startDnsServer(records: readonly string[] = []): Promise<DnsServer> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-dns-"));
  const port = await freePort();
  const socket = join(folder, "knot.sock");
  let serial = 0;
  const save = (lines: readonly string[]): void => {
    const text = `${head.replace("%SERIAL%", String(++serial))}${lines.join("\n")}\n`;
    writeFileSync(join(folder, "example.org.zone"), text);
  };
  save(records);
  writeFileSync(
    join(folder, "knot.conf"),
    `server:
  listen: 127.0.0.1@${port}
  rundir: ${folder}
control:
  listen: ${socket}
database:
  storage: ${folder}
template:
  - id: default
    storage: ${folder}
zone:
  - domain: example.org
    file: example.org.zone
  - domain: broken.example
    file: there-is-none.zone
`,
  );
  const process = start("knotd", ["-c", join(folder, "knot.conf")]);
  await until(
    () => accepts(port),
    () => `knotd to listen:\n${process.output()}`,
  );
  return {
    port,
    url: `dns://127.0.0.1:${port}/example.org`,
    process,
    async write(lines) {
      save(lines);
      const { status, output } = await run("knotc", ["-s", socket, "-b", "zone-reload", "example.org"]);
      if (status !== 0) throw new Error(`knotc: ${output}`);
    },
    async [Symbol.asyncDispose]() {
      process.signal("SIGCONT");
      process.signal("SIGKILL");
      await process.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
