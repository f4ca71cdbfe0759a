// Shared by the commands that run until a signal stops them.
import { closeSync, writeSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import type { Address } from "../../transport/address.js";
import { TransportError } from "../../transport/errors.js";
import { CommandError, ExitCode, note, printJson } from "../output.js";

/** Reports where it listens: on stderr, and with --json on stdout. */
export async function tellListening(who: string, at: readonly Address[], { json }: { json?: true }): Promise<void> {
  const { formatAddress } = await import("../../transport/index.js");
  const addresses = at.map(formatAddress);
  if (json) printJson({ listening: addresses });
  for (const address of addresses) note(`${who} listens at ${address}`);
}

/** The addresses that --all and --bind name. */
export function hostsOf({
  all,
  bind,
  host,
}: {
  all?: true;
  bind: readonly string[];
  host?: string;
}): readonly string[] {
  if (all) return ["0.0.0.0", "::"];
  const given = host === undefined ? bind : [host, ...bind];
  return given.length === 0 ? ["127.0.0.1"] : given;
}

export async function lockOf(path: string | undefined): Promise<Disposable> {
  if (path === undefined) return { [Symbol.dispose]: () => {} };
  const { ProcessLock } = await import("../../binding/index.js");
  try {
    const lock = new ProcessLock(path);
    return { [Symbol.dispose]: () => lock.release() };
  } catch (error) {
    return cannotStart(error);
  }
}

/**
 * Reports readiness through a file descriptor and to systemd. For systemd its own tool is used, because Node cannot
 * send datagrams over Unix sockets.
 */
export async function tellReady(who: string, descriptor: number | undefined): Promise<void> {
  if (descriptor !== undefined) {
    try {
      writeSync(descriptor, "READY=1\n");
      closeSync(descriptor);
    } catch (error) {
      note(`cannot write to file descriptor ${descriptor} that ${who} is ready: ${(error as Error).message}`);
    }
  }
  const { notifyReady } = await import("../../machine/systemd.js");
  await notifyReady();
}

export function cannotStart(error: unknown): never {
  const isOwn = error instanceof Error && error.name === "LockTaken";
  if (error instanceof Error && error.name === "UnusableFile") {
    throw new CommandError("UNUSABLE_FILE", error.message, { cause: error, exitCode: ExitCode.FAILED });
  }
  if (isOwn) throw new CommandError("ALREADY_RUNNING", error.message, { cause: error, exitCode: ExitCode.FAILED });
  if (!(error instanceof TransportError) || error.code !== "TRANSPORT_LISTEN_FAILED") throw error;
  throw new CommandError(error.code, error.message, { cause: error, exitCode: ExitCode.FAILED });
}

/** A signal is the normal end of such a command: it exits with 0. A second signal ends it at once. */
export function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}

export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("Write it like 600 or 0666.");
  return Number.parseInt(text, 8);
}

export function parseDescriptor(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("It must be the number of an open file descriptor.");
  return Number(text);
}
