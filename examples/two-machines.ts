// Simulates two machines with a cable between them by two network namespaces of Linux, which end with the example. If they cannot be
// made, the example runs on this machine alone. For the examples whose servers run on another machine.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The addresses of the two machines. Programs start on the first. */
export const here = "10.99.0.1";
export const far = "10.99.0.2";
/** In front of a command that is to run on the second machine. */
export const onFar = ["ip", "netns", "exec", "far"];

const cable = `mount -t tmpfs tmpfs /run && ip link set lo up && ip netns add far \
  && ip link add here type veth peer name there netns far \
  && ip addr add ${here}/24 dev here && ip link set here up \
  && ip netns exec far ip addr add ${far}/24 dev there && ip netns exec far ip link set there up \
  && ip netns exec far ip link set lo up && exec "$@"`;

const running: ChildProcess[] = [];
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Runs `two` on two machines if they can be made, else `one`; the argument "one" asks for one. Ends the process. */
export async function onMachines(script: string, two: () => Promise<void>, one: () => Promise<void>): Promise<never> {
  if (process.env["TWO_MACHINES"] === "1") {
    await two();
  } else {
    const namespaces = process.argv[2] === "one" ? undefined : findNamespaces();
    if (namespaces === undefined) {
      console.log("one machine only: two need Linux, ip and unshare, and root or user namespaces");
      await one();
    } else {
      const command = [...namespaces, process.execPath, script];
      const env = { ...process.env, TWO_MACHINES: "1" };
      process.exitCode = spawnSync(command[0] as string, command.slice(1), { stdio: "inherit", env }).status ?? 1;
    }
  }
  process.exit();
}

/** The words in front of a command that make it run on the first of two machines. */
function findNamespaces(): string[] | undefined {
  const ways = [
    ["unshare", "-n", "-m"],
    ["unshare", "-r", "-n", "-m"],
  ];
  return ways
    .map((way) => [...way, "sh", "-c", cable, "sh"])
    .find((way) => spawnSync(way[0] as string, [...way.slice(1), "true"], { stdio: "ignore" }).status === 0);
}

/** Starts a server, prints its lines, and waits for one that matches; it is not printed. */
export async function startServer(
  on: readonly string[],
  script: string,
  args: readonly string[],
  ready: RegExp,
): Promise<{ child: ChildProcess; words: readonly string[] }> {
  const child = start(on, script, args);
  running.push(child);
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with status ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const words = ready.exec(line);
      if (words === null) console.log(line);
      else resolve({ child, words: words.slice(1) });
    });
  });
}

/** Ends all servers. Before their directory closes: they would report that they cannot renew their registrations. */
export async function endServers(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

/** Runs a client on the first machine to its end. */
export async function runClient(script: string, args: readonly string[]): Promise<void> {
  const child = start([], script, args);
  child.stdout?.pipe(process.stdout, { end: false });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`the client ended with status ${code}`);
}

function start(on: readonly string[], script: string, args: readonly string[]): ChildProcess {
  const [command, ...rest] = [...on, process.execPath, script, ...args];
  return spawn(command as string, rest, { stdio: ["ignore", "pipe", "inherit"] });
}
