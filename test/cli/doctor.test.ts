// `lupine doctor`, against a binder and servers of this one.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { acceptSys, register, Server, type ServerOptions } from "lupine";
import { startRpcbind } from "lupine/binding";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

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
  assert.match(of(0x2000_1002)[0]?.text ?? "", /open to other machines.*; it denies callers without a credential/);
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

test("doctor says that there is no rpcbind, as a fact and not as a fault", async () => {
  const { stdout, stderr } = await lupine(["doctor", "--rpcbind", "tcp://127.0.0.1:1"]);
  assert.match(stdout, /^ok {7}Node \d/m);
  assert.match(stdout, /^info {5}no rpcbind answers on this machine$/m);
  assert.match(stderr, /^0 problems, \d+ warnings?$/m);
});
