// `lupine call --trace`: what passes between client, binder and server, on stderr: every message byte by byte, with times.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { jsonText } from "../../base/quote.js";
import { messageOf } from "../../base/show.js";
import { Explainer, formatGroups, type PlacedGroup, placeGroups } from "../../explain/index.js";
import type {
  ConnectEvent,
  ConnectionEvent,
  DroppedMessageEvent,
  MessageEvent,
  RetransmitEvent,
} from "../../peer/diagnostics.js";
import type { Program } from "../../rpc/program.js";
import { type Address, formatAddress } from "../../transport/address.js";
import { knownPrograms } from "../call/known-programs.js";
import { programNames } from "../call/program-names.js";
import { note } from "../output.js";

export interface TraceOptions {
  /** The programs of the interface file. */
  readonly programs: readonly Program[];
  /** One JSON object a line. */
  readonly json: boolean;
}

/** The most lines of one message that are shown; the rest is counted. `lupine explain` shows all lines. */
const mostLines = 200;

/** The output for one event. */
interface Traced {
  readonly kind: string;
  readonly text: string;
  readonly groups?: readonly PlacedGroup[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Starts printing.
 * @returns a function that prints the remaining events, and ends the trace.
 */
export async function startTrace({ programs, json }: TraceOptions): Promise<() => void> {
  const known = await knownPrograms();
  const explainer = new Explainer({ programs: [...known, ...programs], names: await programNames() });
  const waiting: { readonly time: number; readonly traced: () => Traced }[] = [];
  let started: number | undefined;
  const flush = (): void => {
    for (const { time, traced } of waiting.splice(0)) note(json ? jsonOf(time, traced()) : textOf(time, traced()));
  };
  // Printing takes longer than a call, so it waits for the end of the turn; the times are those of the events.
  const stop = listen((traced) => {
    const now = performance.now();
    started ??= now;
    if (waiting.push({ time: now - started, traced }) === 1) setImmediate(flush);
  }, explainer);
  return () => {
    flush();
    stop();
  };
}

/** @returns a function that ends it. */
function listen(note: (traced: () => Traced) => void, explainer: Explainer): () => void {
  const stops: (() => void)[] = [];
  const on = <E>(name: string, traced: (event: E) => Traced): void => {
    const listener = (event: unknown): void => note(() => traced(event as E));
    subscribe(`lupine:${name}`, listener);
    stops.push(() => unsubscribe(`lupine:${name}`, listener));
  };
  on("client:connect:start", connecting);
  on("client:connect:error", connectFailed);
  on("connection:open", opened);
  on("connection:close", closed);
  on("client:retransmit", repeated);
  on<MessageEvent>("message:sent", (event) => message("sent", event, explainer));
  on<MessageEvent>("message:received", (event) => message("received", event, explainer));
  on("message:dropped", dropped);
  return () => {
    for (const stop of stops) stop();
  };
}

function connecting({ target, reconnect, failures }: ConnectEvent): Traced {
  const again = failures > 0 ? `, after ${failures} failed attempts` : "";
  return {
    kind: "connect",
    text: `${reconnect ? "reconnecting" : "connecting"} to ${target}${again}`,
    details: { target },
  };
}

function connectFailed({ target, error }: ConnectEvent): Traced {
  return { kind: "connect failed", text: `no connection to ${target}: ${messageOf(error)}`, details: { target } };
}

function opened({ connection }: ConnectionEvent): Traced {
  const { local, remote } = connection;
  return { kind: "open", text: `connection from ${textOfAddress(local)} to ${formatAddress(remote)}` };
}

function closed({ connection, error }: ConnectionEvent): Traced {
  const why = error === undefined ? "closed" : `lost: ${messageOf(error)}`;
  return { kind: "close", text: `connection to ${formatAddress(connection.remote)} ${why}` };
}

function repeated({ program, procedure, xid, transmissions, connection }: RetransmitEvent): Traced {
  const what = `${program.name} version ${program.version} ${procedure.name}`;
  const text = `no reply from ${formatAddress(connection.remote)} yet: the call of ${what} was sent again, ${transmissions} times in all`;
  return { kind: "retransmit", text, details: { xid, transmissions } };
}

function message(direction: "sent" | "received", { connection, bytes }: MessageEvent, explainer: Explainer): Traced {
  const explained = explainer.explain(bytes);
  const framed = { offset: 0, fragments: [], bytes, fault: undefined };
  const { title, fault, kind, xid, outcome } = explained;
  const end = direction === "sent" ? "to" : "from";
  const wrong = fault === undefined ? "" : `; byte ${fault.offset}: ${fault.message}`;
  return {
    kind: direction,
    text: `${title}, ${bytes.length} bytes ${end} ${formatAddress(connection.remote)}${wrong}`,
    groups: placeGroups(framed, explained.groups),
    details: { message: kind, xid, outcome, length: bytes.length },
  };
}

function dropped({ reason, bytes }: DroppedMessageEvent): Traced {
  const why = reason === "unmatched" ? "no call waits for it (any more)" : "it is neither a call nor a reply";
  return { kind: "dropped", text: `the message of ${bytes.length} bytes was dropped: ${why}`, details: { reason } };
}

function textOf(time: number, { text, groups = [] }: Traced): string {
  const lines = formatGroups(groups);
  const shown = lines.slice(0, mostLines).map((line) => `    | ${line}`);
  if (lines.length > mostLines) shown.push(`    | … ${lines.length - mostLines} more lines`);
  return [`${time.toFixed(1).padStart(7)} ms  ${text}`, ...shown].join("\n");
}

function jsonOf(time: number, { kind, text, groups, details }: Traced): string {
  const shown = groups?.map(({ bytes, ...group }) => ({ ...group, hex: Buffer.from(bytes).toString("hex") }));
  const trace = { time: Number(time.toFixed(3)), kind, text, ...details, ...(shown && { groups: shown }) };
  return jsonText({ trace });
}

// The text of an address. Without a name it belongs to a UDP socket that is not bound.
function textOfAddress(address: Address): string {
  const text = formatAddress(address);
  return text === "unix:" ? "this process" : text;
}
