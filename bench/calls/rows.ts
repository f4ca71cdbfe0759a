// What the call benchmark measures, a row each.

/** How the peers of a row call and serve: with AUTH_NONE and a plain handler; with AUTH_SYS; with an asynchronous handler. */
export type Setting = "plain" | "AUTH_SYS" | "async handler";

export interface Row {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly setting: Setting;
  readonly load: {
    readonly kind: "add" | "echo";
    /** Calls in flight. */
    readonly depth: number;
    /** Bytes of an echo's payload. */
    readonly size: number;
  };
  /** Both ends on one core: waking an idle core takes longer than the call, and hides what the software costs. */
  readonly oneCore: boolean;
}

const add = (protocol: Row["protocol"], depth: number, setting: Setting = "plain"): Row => ({
  name: `add ${protocol.toUpperCase()}, ${inFlight(depth)}${depth === 1 ? ", one core" : ""}${setting === "plain" ? "" : `, ${setting}`}`,
  protocol,
  setting,
  load: { kind: "add", depth, size: 0 },
  oneCore: depth === 1,
});

const echo = (size: number, label: string, depth = 1): Row => ({
  name: `echo TCP ${label}, ${inFlight(depth)}`,
  protocol: "tcp",
  setting: "plain",
  load: { kind: "echo", depth, size },
  oneCore: false,
});

function inFlight(depth: number): string {
  return depth === 1 ? "one at a time" : `${depth} in flight`;
}

export const rows: readonly Row[] = [
  add("tcp", 1),
  add("tcp", 16),
  add("tcp", 128),
  add("tcp", 1024),
  add("tcp", 128, "AUTH_SYS"),
  add("tcp", 128, "async handler"),
  echo(1024, "1 KiB", 128),
  echo(65_536, "64 KiB"),
  echo(1_048_576, "1 MiB"),
  add("udp", 1),
  add("udp", 16),
];
