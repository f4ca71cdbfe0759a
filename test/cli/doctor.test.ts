// `lupine doctor`, against a binder and servers of this one.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { acceptSys, register, Server, type ServerOptions } from "lupine";
import { startRpcbind } from "lupine/binding";
import type * as certificates from "../../src/testing/certificates.test-support.js";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const support = new URL("../../../dist/testing/certificates.test-support.js", import.meta.url).href;
const { ann, late, server: own } = (await import(support)) as typeof certificates;

interface Finding {
  readonly level: string;
  readonly code: string;
  readonly text: string;
  readonly advice?: string;
}

function programOf(number: number) {
  return { name: "P", number, versionName: "V", version: 1, procedures: {} };
}

function serving(number: number, options: ServerOptions = {}): Server {
  return new Server(options).implement(programOf(number), {});
}

async function findings(rpcbind: string, cwd?: string): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout, stderr } = await lupine(
    ["doctor", "--rpcbind", rpcbind, "--json"],
    cwd === undefined ? {} : { cwd },
  );
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as { findings: Finding[]; warnings: number };
  assert.equal(report.warnings, report.findings.filter(({ level }) => level === "warning").length);
  return { code, findings: report.findings };
}

test("doctor tells which programs other machines can call, and which take callers without a credential", async () => {
  await using binder = await startRpcbind({ host: "127.0.0.1", port: 0 });
  await using open = serving(0x2000_1001);
  await using strict = serving(0x2000_1002, { auth: [acceptSys()] });
  await using closed = serving(0x2000_1003);
  await using secured = serving(0x2000_1005);
  await secured.listen("tcp://0.0.0.0:0", { accept: "network", tls: own });
  await register(secured, { binder });
  for (const [server, host] of [
    [open, "0.0.0.0"],
    [strict, "0.0.0.0"],
    [closed, "127.0.0.1"],
  ] as const) {
    for (const transport of ["tcp", "udp"]) await server.listen(`${transport}://${host}:0`, { accept: "network" });
    await register(server, { binder });
  }
  const { code, findings: all } = await findings(binder.url);
  assert.equal(code, 1);
  const of = (number: number): Finding[] => all.filter(({ text }) => text.startsWith(`program ${number} `));
  const [one, ...others] = of(0x2000_1001);
  assert.deepEqual([one?.level, one?.code, others], ["warning", "service-open", []]);
  assert.match(
    one?.text ?? "",
    /open to other machines at tcp:\/\/.*, udp:\/\/.*; it lets in callers without a credential/,
  );
  assert.match(one?.advice ?? "", /accept: "local"/);
  assert.match(
    of(0x2000_1002)[0]?.text ?? "",
    /open to other machines.*; it denies callers without a credential; it has no TLS/,
  );
  assert.match(of(0x2000_1005)[0]?.text ?? "", /open to other machines.*; it offers TLS/);
  assert.deepEqual(
    of(0x2000_1003).map(({ level, text }) => [level, text.includes("can be called from this machine only")]),
    [["ok", true]],
  );
  assert.ok(
    all.some(({ code, text }) => code === "rpcbind" && text.startsWith(`rpcbind answers at ${binder.url}, version 4`)),
  );
});

test("doctor tells of a registration whose server is gone", async () => {
  await using binder = await startRpcbind({ host: "127.0.0.1", port: 0 });
  const server = serving(0x2000_1004);
  const listener = await server.listen("tcp://127.0.0.1:0");
  await register(server, { binder, renew: false });
  await listener.close();
  const { findings: all } = await findings(binder.url);
  const gone = all.find(({ code }) => code === "service-gone");
  assert.match(
    gone?.text ?? "",
    /^program 536875012 is registered at tcp:\/\/127\.0\.0\.1:\d+, where nothing listens$/,
  );
  await server.close();
});

test("doctor warns of a configuration that others can change, and not of one in JSON", () =>
  withFiles({ "package.json": "{}" }, async (path) => {
    const nobody = "tcp://127.0.0.1:1";
    const configOf = async (): Promise<string[]> => {
      const { findings: all } = await findings(nobody, path("."));
      return all.filter(({ code }) => code === "config").map(({ level, text }) => `${level} ${text}`);
    };
    assert.match((await configOf())[0] ?? "", /^ok no lupine.config file/);
    await writeFile(path("lupine.config.ts"), "export default {};");
    await chmod(path("lupine.config.ts"), 0o644);
    await chmod(path("."), 0o755);
    assert.match((await configOf())[0] ?? "", /^ok .*lupine\.config\.ts can be changed by you alone/);
    await chmod(path("lupine.config.ts"), 0o666);
    assert.match(
      (await configOf())[0] ?? "",
      /^warning commands do not run .*lupine\.config\.ts: everybody can write to it$/,
    );
    await mkdir(path("inner"));
    await writeFile(join(path("inner"), "package.json"), "{}");
    await writeFile(join(path("inner"), "lupine.config.json"), "{}");
    const { findings: all } = await findings(nobody, path("inner"));
    assert.match(all.find(({ code }) => code === "config")?.text ?? "", /is data, and is not run/);
  }));

test("doctor checks certificates, their keys, and keytabs", () =>
  withFiles({ "package.json": "{}" }, async (path) => {
    // nfs/host@R with a key of type 18, a hole, and nfs/host@R with one of RC4.
    const entry = (type: string): string => `000200015200036e66730004686f737400000001000000000200${type}0001aa`;
    const whole = (text: string): string => `${(text.length / 2).toString(16).padStart(8, "0")}${text}`;
    const keytab = `0502${whole(entry("12"))}fffffffd010203${whole(entry("17"))}`;
    const files = { "own.pem": own.cert, "own.key": own.key, "late.pem": late.cert, "ann.key": ann.key };
    for (const [name, text] of Object.entries(files)) await writeFile(path(name), text, { mode: 0o600 });
    await writeFile(path("good.keytab"), Buffer.from(keytab, "hex"), { mode: 0o644 });
    await writeFile(path("cut.keytab"), Buffer.from(keytab, "hex").subarray(0, 30), { mode: 0o600 });
    const found = async (...flags: readonly string[]): Promise<string[]> => {
      const { stdout } = await lupine(["doctor", "--rpcbind", "tcp://127.0.0.1:1", "--json", ...flags], {
        env: { ...process.env, KRB5_KTNAME: path("no.keytab") },
      });
      const { findings: all } = JSON.parse(stdout) as { findings: Finding[] };
      return all
        .filter(({ code }) => ["certificate", "key", "keytab", "keys"].includes(code))
        .map(({ level, text }) => `${level} ${text.replaceAll(path("."), "")}`);
    };
    const good = ["--cert", path("own.pem"), "--key", path("own.key"), "--keytab", path("good.keytab")];
    const [certificate, ...others] = await found(...good);
    assert.match(
      certificate ?? "",
      /^ok .*own.pem: the certificate of O=Lupine tests,CN=Server \(DNS:localhost.*2120-01-01$/,
    );
    assert.equal(others.length, 3, "the keytab's services, its weak keys, and its readers");
    assert.match(others[0] ?? "", /^ok .*good.keytab has keys of nfs\/host@R$/);
    assert.match(others[1] ?? "", /^warning .* has DES or RC4 keys of nfs\/host@R$/);
    assert.match(others[2] ?? "", /^warning .*mode 644: others can use the keys in it$/);
    await chmod(path("ann.key"), 0o640);
    const bad = await found("--cert", path("late.pem"), "--key", path("ann.key"), "--keytab", path("cut.keytab"));
    assert.match(bad[0] ?? "", /^problem .*late.pem: the certificate of .*CN=Late expired on 2021-01-01$/);
    assert.match(bad[1] ?? "", /^warning .*ann.key .*mode 640/);
    assert.match(bad[2] ?? "", /^problem .*ann.key is not the key of the certificate in .*late.pem$/);
    assert.match(bad[3] ?? "", /^problem .*cut.keytab is not a keytab$/);
    assert.match((await found())[0] ?? "", /^problem .*no.keytab cannot be used: ENOENT/);
  }));

test("doctor says that there is no rpcbind, as a fact and not as a fault", async () => {
  const { stdout, stderr } = await lupine(["doctor", "--rpcbind", "tcp://127.0.0.1:1"]);
  assert.match(stdout, /^ok {7}Node \d/m);
  assert.match(stdout, /^info {5}no rpcbind answers on this machine$/m);
  assert.match(stderr, /^0 problems, \d+ warnings?$/m);
});
