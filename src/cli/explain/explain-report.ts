// One explained message as text and as JSON.
import {
  type Explainer,
  type Fault,
  type FramedMessage,
  formatGroups,
  type Group,
  inputOffset,
  placeGroups,
} from "../../explain/index.js";
import { drawGraph } from "../../xdr/explain-format.js";

/** The output for one message. */
export interface MessageReport {
  /** A headline, a line for each group, and a line for the error. */
  readonly lines: readonly string[];
  readonly json: unknown;
  /** The offset is counted from the start of the input. */
  readonly fault: Fault | undefined;
  /** Whether it is a reply with results that nothing describes, because its call is not in the input. */
  readonly isLone: boolean;
}

/** The most lines of bytes that are shown for one group. */
const mostLines = 32;

export function reportOf(message: FramedMessage, explainer: Explainer): MessageReport {
  const explained = explainer.explain(message.bytes);
  const groups = placeGroups(message, explained.groups);
  const fault = faultOf(message, explained.fault);
  const { kind, xid, called, outcome, title } = explained;
  const xidText = xid === undefined ? "" : `, xid 0x${xid.toString(16).padStart(8, "0")}`;
  const lines = [`${title}${xidText}, ${message.bytes.length} bytes`, ...formatGroups(groups, { mostLines })];
  lines.push(...drawGraph(arrowsOf(explained.groups)));
  if (fault !== undefined) lines.push(`error  byte ${fault.offset}: ${fault.message}`);
  const { program, version, procedure } = called ?? {};
  const json = {
    offset: message.offset,
    length: message.bytes.length,
    kind,
    xid,
    ...(called === undefined ? {} : { program, version, procedure }),
    ...(outcome === undefined ? {} : { outcome }),
    groups: groups.map(({ bytes, ...group }) => ({ ...group, hex: Buffer.from(bytes).toString("hex") })),
    ...(fault === undefined ? {} : { error: fault }),
  };
  const isLone = kind === "reply" && called === undefined && outcome === "SUCCESS";
  return { lines, json, fault, isLone };
}

/** The references among the groups. */
function arrowsOf(groups: readonly Group[]): { from: string; to: string }[] {
  return groups.flatMap(({ name, leadsTo }) => (leadsTo === undefined ? [] : [{ from: name, to: leadsTo }]));
}

/** The fault to report: the end of the input if the message ends early because of it, otherwise the message's own. */
function faultOf(message: FramedMessage, own: Fault | undefined): Fault | undefined {
  if (own === undefined || (message.fault !== undefined && own.offset >= message.bytes.length)) return message.fault;
  return { ...own, offset: inputOffset(message, own.offset) };
}
