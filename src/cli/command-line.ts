// Every command of `lupine`, and running one of them.
import type { ExitCode } from "./output.js";
import { type Commands, runCommand } from "./run-command.js";

/** Every command. */
export const commands: Commands = {
  gen: async () => (await import("./gen/gen.js")).addGenCommand,
  rpcgen: async () => (await import("./gen/rpcgen.js")).addRpcgenCommand,
  init: async () => (await import("./gen/init.js")).addInitCommand,
  run: async () => (await import("./run.js")).addRunCommand,
  serve: async () => (await import("./serve/serve.js")).addServeCommand,
  call: async () => (await import("./call/call.js")).addCallCommand,
  encode: async () => (await import("./call/encode.js")).addEncodeCommand,
  decode: async () => (await import("./call/decode.js")).addDecodeCommand,
  explain: async () => (await import("./explain/explain.js")).addExplainCommand,
  rpcbind: async () => (await import("./binder/rpcbind.js")).addRpcbindCommand,
  directory: async () => (await import("./directory/directory.js")).addDirectoryCommand,
  info: async () => (await import("./binder/info.js")).addInfoCommand,
  doctor: async () => (await import("./doctor/doctor.js")).addDoctorCommand,
  check: async () => (await import("./check/check.js")).addCheckCommand,
  fmt: async () => (await import("./check/fmt.js")).addFmtCommand,
  lint: async () => (await import("./check/lint.js")).addLintCommand,
  breaking: async () => (await import("./check/breaking.js")).addBreakingCommand,
  doc: async () => (await import("./check/doc.js")).addDocCommand,
  dce: async () => (await import("./dce/dce.js")).addDceCommand,
  lsp: async () => (await import("./lsp.js")).addLspCommand,
};

/** Runs one command line: see `runCommand`. */
export function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  return runCommand(args, commands);
}
