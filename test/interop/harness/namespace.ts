// A network of the test file's own: port 111 and /run/rpcbind.sock belong to nobody in it, and only loopback exists.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const mark = "LUPINE_TEST_NAMESPACE";
const prepare = 'ip link set lo up && mount -t tmpfs tmpfs /run && exec "$@"';

/**
 * Runs the file again, with the same arguments, in new network and mount namespaces, and ends this process with its exit status.
 * To be called first, with `import.meta.url`. Returns inside the new namespaces, and where none can be made.
 */
export function enterNamespace(file: string): void {
  if (insideNamespace()) return;
  const unshare = unshareCommand();
  if (unshare === undefined) return;
  const [command, ...args] = [
    ...unshare,
    process.execPath,
    ...process.execArgv,
    fileURLToPath(file),
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(command as string, args, {
    stdio: "inherit", // The runner reads the file's results from its standard output.
    env: { ...process.env, [mark]: "1" },
  });
  process.exit(status ?? 1);
}

/** What to put before a command to run it in namespaces of its own; undefined where none can be made. */
export function unshareCommand(): string[] | undefined {
  const command = ["unshare", "-n", "-m", "sh", "-c", prepare, "sh"];
  const works = spawnSync("unshare", [...command.slice(1), "true"], { stdio: "ignore" }).status === 0;
  return works ? command : undefined;
}

export function insideNamespace(): boolean {
  return process.env[mark] === "1";
}
