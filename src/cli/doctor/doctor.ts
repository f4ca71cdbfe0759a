// `lupine doctor`: whether Lupine can work here, and what of this machine is open to others.

import type { Command } from "commander";
import { printable } from "../../base/quote.js";
import { ExitCode, note, printJson, printResult, styleOf } from "../output.js";
import type { Finding, FindingLevel } from "./doctor-finding.js";

interface DoctorOptions {
  readonly rpcbind?: string;
  readonly json?: true;
  readonly cert?: string;
  readonly key?: string;
  readonly keytab?: string;
}

const help = `
Looks at Node, at rpcbind and its socket, at the programs that are registered with it and whether other machines can call
them, and at the configuration that commands would run in this folder. It changes nothing. To find out whether a program
accepts callers without a credential, it calls a procedure that no program has; whether it offers TLS, it asks by procedure 0.

With --cert, --key and --keytab it also reports until when a certificate is valid, whether a key belongs to it, the services of a keytab,
and whether other users can read the files. Default keytab: that of KRB5_KTNAME, or /etc/krb5.keytab if it exists.

Exit codes: 0 no warnings, 1 warnings or problems.

Examples:
  $ lupine doctor
  $ lupine doctor --cert server.pem --key server.key
  $ lupine doctor --json | jq '.findings[] | select(.level == "warning")'`;

/** Adds `lupine doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("check the environment, and warn about open services")
    .description("Check whether Lupine works here, and warn about services that other machines or users can reach.")
    .option("--rpcbind <address>", "the rpcbind to ask instead of those at the usual places")
    .option("--cert <file>", "a certificate to check, in PEM")
    .option("--key <file>", "the key of --cert, in PEM")
    .option("--keytab <file>", "a keytab of Kerberos to check")
    .option("--json", "print one JSON object")
    .addHelpText("after", help)
    .action(runDoctor);
}

async function runDoctor(options: DoctorOptions): Promise<void> {
  const findings = await examine(options);
  const count = (level: FindingLevel): number => findings.filter((one) => one.level === level).length;
  const [warnings, problems] = [count("warning"), count("problem")];
  if (options.json) printJson({ warnings, problems, findings });
  else {
    for (const finding of findings) printResult(lineOf(finding));
    note(`${plural(problems, "problem")}, ${plural(warnings, "warning")}`);
  }
  if (warnings + problems > 0) process.exitCode = ExitCode.FAILED;
}

async function examine({ rpcbind, ...files }: DoctorOptions): Promise<Finding[]> {
  const { checkConfig, checkInterfaces, checkNode, checkOptional } = await import("./doctor-environment.js");
  const { checkBinders, checkOwnPorts, checkServices, checkSocket } = await import("./doctor-services.js");
  const { checkKerberos, checkKeys } = await import("./doctor-keys.js");
  const { listening } = await import("./doctor-listening.js");
  const { parseBinderAddress } = await import("../../binding/index.js");
  const { programNames } = await import("../call/program-names.js");
  const places = rpcbind === undefined ? undefined : [parseBinderAddress(rpcbind)];
  const [ports, binders, names] = await Promise.all([listening(), checkBinders(places), programNames()]);
  return [
    checkNode(),
    ...(await checkOptional()),
    await checkKerberos(),
    ...checkKeys(files),
    checkInterfaces(),
    checkConfig(process.cwd()),
    ...binders.findings,
    ...checkSocket(),
    ...checkOwnPorts(ports),
    ...(await checkServices(binders.entries, ports, names)),
  ];
}

const colors: Readonly<Record<FindingLevel, number>> = { ok: 32, info: 36, warning: 33, problem: 31 };

function lineOf({ level, text, advice }: Finding): string {
  const label = level.padEnd(8);
  const shown = styleOf(process.stdout).color ? `\u001b[${colors[level]}m${label}\u001b[39m` : label;
  return `${shown} ${printable(text)}${advice === undefined ? "" : `\n         ${printable(advice)}`}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
