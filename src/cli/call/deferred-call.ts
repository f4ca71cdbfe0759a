// `lupine call --deferred` and `--ticket`: a call that is accepted at once, with its progress, and the outcome of an earlier one.
import type { DeferredClientOptions, Progress, Ticket } from "../../deferred/index.js";
import type { FoundProcedure } from "../../dynamic/find.js";
import { printResult } from "../output.js";

export interface DeferredFlags {
  /** Print the ticket's id, and do not wait. */
  readonly detach?: true;
  /** The id of a ticket of an earlier call. */
  readonly ticket?: string;
}

/** Undefined: the id was printed, and nothing more is to be done. */
export type DeferredOutcome = { readonly result: unknown } | undefined;

/** Makes the call, or resumes one, and waits for its outcome. Ctrl-C cancels it. */
export async function callDeferred(
  { program, method }: FoundProcedure,
  address: string,
  args: readonly unknown[],
  { flags, client: options }: { readonly flags: DeferredFlags; readonly client: DeferredClientOptions },
): Promise<DeferredOutcome> {
  const { createDeferredClient, resumeTicket } = await import("../../deferred/index.js");
  await using client = createDeferredClient(program, address, options);
  const call = client[method] as (...given: readonly unknown[]) => Promise<Ticket<unknown>>;
  const ticket = flags.ticket === undefined ? await call(...args) : resumeTicket(client, method, flags.ticket);
  if (flags.detach) {
    printResult(ticket.id);
    return undefined;
  }
  const interrupt = (): void => {
    ticket.cancel().catch(() => undefined);
  };
  process.once("SIGINT", interrupt);
  const bar = process.stderr.isTTY ? showProgress(ticket) : undefined;
  try {
    return { result: await ticket.result() };
  } finally {
    process.off("SIGINT", interrupt);
    await bar;
  }
}

/** Shows the progress on one line of the terminal, and removes it at the end. */
async function showProgress(ticket: Ticket<unknown>): Promise<void> {
  for await (const progress of ticket.progress()) process.stderr.write(`\r${progressLine(progress)}\x1b[K`);
  process.stderr.write("\r\x1b[K");
}

const width = 30;

/** `[##########--------------------]  33 %  copying`; without a total, the number alone. */
export function progressLine({ done, total = 0, note: text = "" }: Progress): string {
  // The note comes from the server: no control characters reach the terminal.
  const words = text === "" ? "" : `  ${text.replace(/\p{C}/gu, " ").slice(0, 40)}`;
  if (total <= 0) return `${done}${words}`;
  const share = Math.min(1, Math.max(0, done / total));
  const filled = Math.round(share * width);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${percent} %${words}`;
}
