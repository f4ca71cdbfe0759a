// `lupine call --deferred` and `--ticket`: a call that is accepted at once, with its progress, and the outcome of an earlier one.
import type { DeferredClientOptions, Progress, Ticket } from "../../deferred/index.js";
import type { FoundProcedure } from "../../dynamic/find.js";
import { RpcTimeout } from "../../rpc/errors.js";
import { note, printResult, usable } from "../output.js";

export interface DeferredFlags {
  /** Print the ticket's id, and do not wait. */
  readonly detach?: true;
  /** The id of a ticket of an earlier call. */
  readonly ticket?: string;
  /** Milliseconds to wait for the outcome. */
  readonly patience: number;
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
  const until = performance.now() + flags.patience;
  await using client = usable(() => createDeferredClient(program, address, options));
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
  let bar = process.stderr.isTTY ? showProgress(ticket) : undefined;
  try {
    const left = until - performance.now();
    return { result: await ticket.result({ timeout: Math.max(0, left) }) };
  } catch (error) {
    if (error instanceof RpcTimeout) {
      // The bar ends with the client.
      if (bar !== undefined) process.stderr.write(emptyLine);
      bar = undefined;
      note(`the call continues, and --ticket ${ticket.id} waits for its outcome`);
    }
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
    await bar;
  }
}

/** Shows the progress on one line of the terminal, and removes it at the end. */
async function showProgress(ticket: Ticket<unknown>): Promise<void> {
  for await (const progress of ticket.progress()) process.stderr.write(`\r${progressLine(progress)}\x1b[K`);
  process.stderr.write(emptyLine);
}

/** Removes the text of the terminal's line. */
const emptyLine = "\r\x1b[K";

const width = 30;

/** `[##########--------------------]  33 %  copying`; without a total, only the number. */
export function progressLine({ done, total = 0, note: text = "" }: Progress): string {
  // The note comes from the server: no control characters reach the terminal.
  const words = text === "" ? "" : `  ${text.replace(/\p{C}/gu, " ").slice(0, 40)}`;
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return `${Number.isFinite(done) ? done : 0}${words}`;
  const share = Math.min(1, Math.max(0, done / total)) || 0;
  const filled = Math.round(share * width);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${percent} %${words}`;
}
