// What the compiler must accept and refuse of streams and one-way calls.
import type { Client, Implementation } from "lupine/codegen/v1";
import type { WATCH_VERS_Procedures } from "../conformance/watch.gen.js";

/** Methods of streams return async generators; the others promises. */
export async function read(client: Client<WATCH_VERS_Procedures>): Promise<number> {
  let sum = 0;
  for await (const number of client.count({ from: 1, to: 2 }, { window: 8 })) sum += number;
  for await (const word of client.words()) sum += word.length;
  // @ts-expect-error: a stream has no timeout
  client.count({ from: 1, to: 2 }, { timeout: 1 });
  // @ts-expect-error: a stream is no promise of a number
  const wrong: Promise<number> = client.count({ from: 1, to: 2 });
  return sum + (await client.sum({ from: 1, to: 2 })) + (await wrong);
}

/** Only calls without a result can be one-way. */
export async function send(client: Client<WATCH_VERS_Procedures>): Promise<void> {
  await client.note("text", { oneWay: true, timeout: 5 });
  // @ts-expect-error: the sum would be undefined
  await client.sum({ from: 1, to: 2 }, { oneWay: true });
}

export const implementation: Implementation<WATCH_VERS_Procedures> = {
  async *count({ from }) {
    yield from;
  },
  samples: async function* (number) {
    yield { number, payload: new Uint8Array(1) };
  },
  words: async () => implementation.words(undefined as never),
  sum: ({ from, to }) => from + to,
  note: () => undefined,
};
// @ts-expect-error: one number is no stream
export const plain: Implementation<WATCH_VERS_Procedures>["count"] = ({ from }) => from;
