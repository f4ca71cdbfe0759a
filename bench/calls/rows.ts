// What the call benchmark measures, a row each.

export interface Row {
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  readonly load: { readonly kind: "add" | "echo"; readonly depth: number; readonly size: number };
  /** Both ends on one core: waking an idle core takes longer than the call, and hides what the software costs. */
  readonly oneCore: boolean;
}

const add = (protocol: Row["protocol"], depth: number): Row => ({
  name: `add ${protocol.toUpperCase()}, ${depth === 1 ? "one at a time, one core" : `${depth} in flight`}`,
  protocol,
  load: { kind: "add", depth, size: 0 },
  oneCore: depth === 1,
});

const echo = (size: number, name: string): Row => ({
  name: `echo TCP ${name}, one at a time`,
  protocol: "tcp",
  load: { kind: "echo", depth: 1, size },
  oneCore: false,
});

export const rows: readonly Row[] = [
  add("tcp", 1),
  add("tcp", 16),
  add("tcp", 128),
  add("tcp", 1024),
  echo(65_536, "64 KiB"),
  echo(1_048_576, "1 MiB"),
  add("udp", 1),
  add("udp", 16),
];
