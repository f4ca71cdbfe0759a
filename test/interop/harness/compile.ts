// Compiles C peers from an interface file and C sources, once: the result is kept in build/c by what it was made of.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const project = fileURLToPath(new URL("../../../../", import.meta.url));

const flags = ["-g", "-O2", "-I/usr/include/tirpc", "-I."];

export interface CProgram {
  /** The interface file, from the project's folder, or with its whole path. */
  readonly interface: string;
  /** C sources of ours, from the project's folder. */
  readonly sources?: readonly string[];
  /** Further flags of the C compiler. */
  readonly flags?: readonly string[];
  /** C sources by their name in the folder. */
  readonly texts?: Readonly<Record<string, string>>;
  /** What rpcgen writes: one run with each of these, as ["-m", "-o", "add_svc.c"]; of another file where one is last. */
  readonly rpcgen: readonly (readonly string[])[];
  /** The C files that make the program. */
  readonly link: readonly string[];
}

/** The path of the compiled program. */
export function compile(program: CProgram): string {
  const folder = buildOnce(program, [program.interface, ...(program.sources ?? [])], (scratch) => {
    for (const [name, text] of Object.entries(program.texts ?? {})) writeFileSync(join(scratch, name), text);
    for (const args of program.rpcgen) {
      const ownFile = args.at(-1)?.endsWith(".x") ? [] : [basename(program.interface)];
      runIn(scratch, "rpcgen", [...args, ...ownFile]);
    }
    runIn(scratch, "gcc", [...flags, ...(program.flags ?? []), "-o", "program", ...program.link, "-ltirpc", "-lm"]);
  });
  return join(folder, "program");
}

/** What `rpcgen -a` makes of an interface file, with the code that it leaves out filled in. */
export interface Sample {
  readonly client: string;
  readonly server: string;
}

/** The sample programs of add.x: `client HOST A B` prints "Result:SUM", the server says what it was called with. */
export function addSample(): Sample {
  const folder = buildOnce("sample of add.x, 2", ["examples/add/add.x"], (scratch) => {
    runIn(scratch, "rpcgen", ["-a", "-C", "add.x"]);
    rewrite(join(scratch, "add_server.c"), [
      [
        /\/\*\s+\* insert server code here\s+\*\//,
        `printf("add(%d,%d) is called\\n", argp->a, argp->b); fflush(stdout); result = argp->a + argp->b;`,
      ],
    ]);
    rewrite(join(scratch, "add_client.c"), [
      [/^add_prog_1\(char \*host\)/m, "add_prog_1(char *host, int a, int b)"],
      [/result_1 = /, "add_1_arg.a = a; add_1_arg.b = b; result_1 = "],
      [/^(\s*)clnt_perror \(clnt, "call failed"\);\n\t\}/m, '$&\n\telse printf("Result:%d\\n", *result_1);'],
      [/add_prog_1 \(host\)/, "add_prog_1 (host, atoi(argv[2]), atoi(argv[3]))"],
    ]);
    runIn(scratch, "make", ["-f", "Makefile.add", "CFLAGS=-g -O2 -I/usr/include/tirpc", "LDLIBS=-ltirpc"]);
  });
  return { client: join(folder, "add_client"), server: join(folder, "add_server") };
}

function rewrite(file: string, changes: readonly (readonly [RegExp, string])[]): void {
  let text = readFileSync(file, "utf8");
  for (const [pattern, replacement] of changes) {
    if (!pattern.test(text)) throw new Error(`rpcgen's ${basename(file)} has no ${pattern}`);
    text = text.replace(pattern, replacement);
  }
  writeFileSync(file, text);
}

/** The folder that `build` filled, now or earlier from the same key and files. It starts with copies of the files. */
function buildOnce(key: unknown, paths: readonly string[], build: (folder: string) => void): string {
  const files = paths.map((path) => resolve(project, path));
  const hash = createHash("sha256").update(JSON.stringify([key, flags]));
  for (const file of files) hash.update(readFileSync(file));
  const home = join(project, "build", "c");
  const folder = join(home, hash.digest("hex").slice(0, 24));
  if (existsSync(folder)) return folder;
  mkdirSync(home, { recursive: true });
  const scratch = mkdtempSync(join(home, "new-"));
  for (const file of files) copyFileSync(file, join(scratch, basename(file)));
  build(scratch);
  try {
    renameSync(scratch, folder);
  } catch {
    rmSync(scratch, { recursive: true }); // Another test file was faster.
  }
  return folder;
}

function runIn(folder: string, command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
}

/** The C server of peer.x: see c/peer_server.c. */
export function peerServer(): string {
  return compile(peer("server", ["-m", "-o", "peer_svc.c"]));
}

/** The C client of peer.x: see c/peer_client.c. */
export function peerClient(): string {
  return compile(peer("client", ["-l", "-o", "peer_clnt.c"]));
}

/** The C server of peer.x whose callers prove themselves by Kerberos: see c/gss_server.c. */
export function gssServer(): string {
  return compile({ ...peer("server", ["-m", "-o", "peer_svc.c"], "gss"), flags: withGssapi });
}

/** The C client of peer.x that proves itself by Kerberos: see c/gss_client.c. */
export function gssClient(): string {
  return compile({ ...peer("client", ["-l", "-o", "peer_clnt.c"], "gss"), flags: withGssapi });
}

const withGssapi = ["-Wl,--no-as-needed", "-lgssapi_krb5"];

function peer(side: "server" | "client", stub: readonly string[], name = "peer"): CProgram {
  return {
    interface: "test/interop/peer.x",
    sources: [`test/interop/c/${name}_${side}.c`],
    rpcgen: [
      ["-C", "-h", "-o", "peer.h"],
      ["-C", "-c", "-o", "peer_xdr.c"],
      ["-C", ...stub],
    ],
    link: [`${name}_${side}.c`, "peer_xdr.c", stub[2] as string],
  };
}
