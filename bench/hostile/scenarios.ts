// What is done to each server. The attacks themselves are in attacks.ts, under the same names.

export interface Scenario {
  readonly name: string;
  /** One line for the table's reader. */
  readonly about: string;
  /** UDP alone: node:http has none. */
  readonly udp?: true;
}

export const scenarios: readonly Scenario[] = [
  { name: "idle", about: "10,000 connections of ten addresses that send nothing" },
  { name: "slow", about: "1,000 connections that send a byte a second of a message of 1 MiB" },
  { name: "half", about: "200 connections, each with 400 KiB of a message of 1 MiB that never ends" },
  { name: "lies", about: "2,000 connections that announce 2 GiB and send nothing" },
  { name: "pieces", about: "calls in pieces of one byte, as fast as they go, over 20 connections" },
  { name: "foreign", about: "another protocol, over one connection after the other" },
  { name: "deaf", about: "200 connections that ask for 1 MiB 100 times and do not read" },
  { name: "large", about: "calls with 512 KiB of arguments and result, as fast as they go, over 20 connections" },
  { name: "flood", about: "small calls as fast as they go, over 20 connections" },
  { name: "storm", about: "connections that are closed as soon as they are there, 100 at a time" },
  { name: "reset", about: "connections that ask for 1 MiB and are reset at its first bytes" },
  { name: "datagrams", about: "UDP calls for 60,000 bytes from 2,000 addresses", udp: true },
];
