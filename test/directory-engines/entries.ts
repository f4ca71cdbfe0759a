// Entries and paths for tests, each used once.
import type { Directory, Lease, ServiceEntry } from "lupine/directory";

let last = 0;

/** Milliseconds for each question in tests: long enough for a machine that other work keeps busy. */
export const patient = { timeout: 60_000 };

export function freshPath(): string {
  return `/test/path-${++last}`;
}

export function entry(id: string, change: Partial<ServiceEntry> = {}): ServiceEntry {
  return {
    id,
    versions: [{ program: 0x20000001, version: 1 }],
    addresses: ["tcp://10.0.0.7:2049", "udp://10.0.0.7:2049"],
    priority: 0,
    weight: 1,
    ...change,
  };
}

export function announce(directory: Directory, path: string, one: ServiceEntry, lease = 3_000): Promise<Lease> {
  return directory.engine.announce(path, one, { lease });
}
