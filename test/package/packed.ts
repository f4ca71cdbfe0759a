// The package as its users get it: packed, and installed with an empty cache and no registry.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { project } from "../interop/harness/compile.js";
import { unshareCommand } from "../interop/harness/namespace.js";
import { runIn } from "../interop/harness/processes.js";

export interface Packed extends Disposable {
  /** A folder of its own, with a blank in its name, where the tarball is. */
  readonly home: string;
  /** "lupine-0.1.0.tgz" */
  readonly filename: string;
  /** The paths of its files. */
  readonly paths: readonly string[];
}

/** Packs what is compiled. */
export async function pack(...options: readonly string[]): Promise<Packed> {
  const home = mkdtempSync(join(tmpdir(), "lupine package-"));
  const args = ["pack", "--json", "--silent", "--ignore-scripts", "--pack-destination", home, ...options];
  const { status, output } = await runIn(project, "npm", args);
  assert.equal(status, 0, output);
  const json = output.slice(output.indexOf("["), output.lastIndexOf("]") + 1);
  const [made] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }];
  const paths = made.files.map(({ path }) => path);
  return {
    home,
    filename: made.filename,
    paths,
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** A folder where the tarball is installed. */
export async function installIn(packed: Packed, name: string): Promise<string> {
  const folder = join(packed.home, name);
  mkdirSync(folder);
  await offline(packed, folder, `npm install --offline --no-audit --no-fund ../${packed.filename}`);
  return folder;
}

/**
 * Runs a script of sh where npm has an empty cache and reaches nothing, in a network of its own where that is possible.
 * @returns what it printed
 */
export async function offline(packed: Packed, folder: string, script: string): Promise<string> {
  const cache = join(packed.home, "npm-cache");
  const settings = [
    `export npm_config_cache='${cache}' npm_config_registry=http://127.0.0.1:9 npm_config_fetch_retries=0`,
    "unset npm_config_prefer_online npm_config_prefer_offline NODE_TEST_CONTEXT NODE_OPTIONS",
  ];
  const words = [...(unshareCommand() ?? []), "sh", "-c", [...settings, script].join("\n")];
  const { status, output } = await runIn(folder, words[0] as string, words.slice(1));
  assert.equal(status, 0, `${script}\n${output}`);
  assert.doesNotMatch(output, /E404|EBADENGINE/);
  return output;
}

/**
 * Lines of sh: starts a command in the background, in a session of its own, and waits until it prints `ready`.
 * `stop` ends all of them, npm and its shell too: a signal to npm alone would leave the server behind.
 */
export const background = `
servers=
begin() {
  log=$(mktemp ./begun-XXXXXX)
  ready=$1
  shift
  setsid "$@" >$log 2>&1 &
  servers="$servers $!"
  for attempt in $(seq 6000); do
    grep -q "$ready" $log && return
    kill -0 $! || break
    sleep 0.1
  done
  echo "$* did not say $ready:"
  cat $log
  exit 1
}
stop() {
  for server in $servers; do kill -- -$server; done
  for server in $servers; do
    wait $server
    for attempt in $(seq 100); do
      kill -0 -- -$server 2>/dev/null || break
      sleep 0.1
    done
    kill -0 -- -$server 2>/dev/null && echo "$server outlived its signal"
  done
  cat begun-*
}
set -e
trap 'status=$?; set +e; stop; exit $status' EXIT
`;
