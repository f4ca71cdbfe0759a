// A real nats-server for tests, with JetStream in a folder of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { accepts, type Running, start, until } from "../interop/harness/processes.js";
import { freePort } from "../support/free-port.js";

/** The reason to skip the tests on a machine without nats-server; undefined if it is installed. */
export function natsServerMissing(): string | undefined {
  const found = spawnSync("sh", ["-c", 'PATH="$PATH:/usr/sbin" command -v nats-server'], { stdio: "ignore" });
  return found.status === 0 ? undefined : "No nats-server here: apt-get install nats-server.";
}

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  readonly process: Running;
  output(): string;
  kill(): Promise<void>;
  /** After `kill`, with what it has stored. */
  begin(): Promise<void>;
}

/** `config`: what the configuration has besides port and JetStream's folder, `jetstream: false`: without JetStream. */
export async function startNatsServer(config = "", jetstream: string | false = ""): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "lupine-nats-"));
  const port = await freePort();
  const file = join(folder, "nats.conf");
  const stored = jetstream === false ? "" : `jetstream { store_dir: "${folder}"\n${jetstream} }\n`;
  writeFileSync(file, `listen: "127.0.0.1:${port}"\n${stored}${config}\n`);
  let process = start("nats-server", ["-c", file]);
  const ready = () =>
    until(
      () => accepts(port),
      () => `nats-server to listen:\n${process.output()}`,
    );
  await ready();
  const kill = async () => {
    process.signal("SIGKILL");
    await process.stop();
  };
  return {
    port,
    get process() {
      return process;
    },
    output: () => process.output(),
    kill,
    async begin() {
      process = start("nats-server", ["-c", file]);
      await ready();
    },
    async [Symbol.asyncDispose]() {
      process.signal("SIGCONT");
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A nats-server for all tests of a file. */
export function sharedNatsServer(): () => NatsServer {
  let server: NatsServer;
  before(async () => {
    server = await startNatsServer();
  });
  after(() => server[Symbol.asyncDispose]());
  return () => server;
}

export async function restart(server: NatsServer, meanwhile: () => Promise<unknown>): Promise<void> {
  await server.kill();
  await meanwhile();
  await server.begin();
}
