// Two machines joined by a cable: two network namespaces of Linux, gone when the example ends. Where none can be made,
// this machine is the only one.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDirectory } from "lupine/directory";

const here = "10.99.0.1";
const far = "10.99.0.2";
const onFar = ["ip", "netns", "exec", "far"];

const cable = `mount -t tmpfs tmpfs /run && ip link set lo up && ip netns add far \
  && ip link add here type veth peer name there netns far \
  && ip addr add ${here}/24 dev here && ip link set here up \
  && ip netns exec far ip addr add ${far}/24 dev there && ip netns exec far ip link set there up \
  && ip netns exec far ip link set lo up && exec "$@"`;

const running: ChildProcess[] = [];
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

if (process.env["TWO_MACHINES"] === "1") {
  await twoMachines();
} else {
  const namespaces = process.argv[2] === "one" ? undefined : findNamespaces();
  if (namespaces === undefined) {
    console.log("one machine only: two need Linux, ip and unshare, and root or user namespaces");
    await oneMachine();
  } else {
    const command = [...namespaces, process.execPath, fileURLToPath(import.meta.url)];
    const env = { ...process.env, TWO_MACHINES: "1" };
    process.exitCode = spawnSync(command[0] as string, command.slice(1), { stdio: "inherit", env }).status ?? 1;
  }
}
process.exit();

async function twoMachines(): Promise<void> {
  await using directory = await startDirectory({ host: here, binder: "none", registrants: [far] });
  console.log(`${here}: the directory listens at ${directory.url}`);
  await startServer([], here, directory.url);
  const second = await startServer(onFar, far, directory.url);
  await runClient(directory.url);
  console.log(`${far}: is gone`);
  second.child.kill("SIGKILL");
  await runClient(directory.url);
}

async function oneMachine(): Promise<void> {
  await using directory = await startDirectory({ port: 0, binder: "none" });
  const { binder } = await startServer([], "127.0.0.1", directory.url, "0");
  await runClient(directory.url, binder);
}

/** What to put before a command so that it runs on the first of two machines. */
function findNamespaces(): string[] | undefined {
  const ways = [
    ["unshare", "-n", "-m"],
    ["unshare", "-r", "-n", "-m"],
  ];
  return ways
    .map((way) => [...way, "sh", "-c", cable, "sh"])
    .find((way) => spawnSync(way[0] as string, [...way.slice(1), "true"], { stdio: "ignore" }).status === 0);
}

/** Starts a machine's binder and clock, and waits until both are known. */
async function startServer(on: readonly string[], ...args: string[]): Promise<{ child: ChildProcess; binder: string }> {
  const child = run(on, "server.js", args);
  running.push(child);
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with status ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const binder = /^binder (.*)$/.exec(line)?.[1];
      if (binder === undefined) console.log(line);
      else resolve({ child, binder });
    });
  });
}

async function runClient(...args: string[]): Promise<void> {
  const child = run([], "client.js", args);
  child.stdout?.pipe(process.stdout, { end: false });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the client ended with status ${code}`);
}

function run(on: readonly string[], file: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [command, ...rest] = [...on, process.execPath, path, ...args];
  return spawn(command as string, rest, { stdio: ["ignore", "pipe", "inherit"] });
}
