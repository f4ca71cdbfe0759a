// Attacks on a server: mutated messages over TCP connections that behave badly, and as datagrams.
import assert from "node:assert/strict";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Campaign } from "./campaign.js";
import { readReply } from "./messages.js";
import { mutate } from "./mutations.js";
import { pick, type Random, randomSource } from "./random.js";
import { anyRecord, Records } from "./streams.js";

/** Whom to attack, and with what. */
export interface Attack {
  readonly port: number;
  readonly random: Random;
  /** A message to start from. */
  readonly good: (random: Random) => Buffer;
  readonly campaign: Campaign;
}

/** A server that was told the end, and has nothing left to answer, closes within this many milliseconds. */
const closeLimit = 5000;

/** Connections at once. */
const lines = 48;

/** Attacks with `messages` messages over several connections at once. Resolves when all connections are gone. */
export async function attackTcp(attack: Attack, messages: number): Promise<void> {
  let left = messages;
  await Promise.all(
    Array.from({ length: lines }, async () => {
      while (left > 0) {
        const share = Math.min(left, 1 + attack.random(12));
        left -= share;
        // Of its own, so that the same seed sends the same, whichever connection is faster.
        const random = randomSource(attack.random(0x1_0000_0000));
        await converse({ ...attack, random }, share);
        attack.campaign.ran(share);
      }
    }),
  );
}

/** One connection, from the dial to its bad end. */
async function converse(attack: Attack, messages: number): Promise<void> {
  const { port, random, campaign } = attack;
  const stream = Buffer.concat(Array.from({ length: messages }, () => anyRecord(message(attack), random)));
  const manner = pick(random, ["whole", "whole", "whole", "pieces", "pieces", "slow", "deaf"] as const);
  const ending = pick(random, ["end", "end", "end", "end", "reset", "destroy"] as const);
  const socket = connect(port, "127.0.0.1");
  // A server may close or reset at any time, even before it was written to.
  socket.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const connected = new Promise<true>((resolve) => socket.once("connect", () => resolve(true)));
  assert.ok(await Promise.race([connected, gone]), "the server does not accept connections");
  if (manner !== "deaf") listen(socket, campaign);
  if (manner === "whole" || manner === "deaf") socket.write(stream);
  else await writePieces(socket, stream, random, manner === "slow");
  if (random(2) === 0) await sleep(random(4));
  await leave(socket, ending === "end" && manner === "deaf" ? "reset" : ending, gone);
}

function message({ random, good }: Attack): Buffer {
  return random(8) === 0 ? good(random) : mutate(good(random), random, good(random));
}

/** Every reply of the server is one of RFC 5531, whatever it answers. */
function listen(socket: Socket, campaign: Campaign): void {
  const records = new Records((reply) => count(campaign, reply));
  socket.on("data", (chunk) => records.push(chunk));
}

function count(campaign: Campaign, reply: Buffer): void {
  if (readReply(reply) === "accepted") campaign.accepted();
  else campaign.refused();
}

async function writePieces(socket: Socket, stream: Buffer, random: Random, slow: boolean): Promise<void> {
  const longest = pick(random, [3, 40, 1500, 70_000]);
  // A long stream in tiny pieces would only test patience.
  const pieces = Math.min(longest * 60, stream.length);
  for (let at = 0; at < stream.length && !socket.destroyed; ) {
    const next = at >= pieces ? stream.length : at + 1 + random(longest);
    socket.write(stream.subarray(at, next));
    at = next;
    if (slow && random(8) === 0) await sleep(1);
    else await turn();
  }
}

async function leave(socket: Socket, ending: "end" | "reset" | "destroy", gone: Promise<unknown>): Promise<void> {
  if (ending === "reset") socket.resetAndDestroy();
  else if (ending === "destroy") socket.destroy();
  else socket.end();
  const late = new AbortController();
  const limit = sleep(closeLimit, "late", { signal: late.signal }).catch(() => undefined);
  const first = await Promise.race([gone, limit]);
  late.abort();
  assert.notEqual(first, "late", `the server kept a connection open ${closeLimit} ms after its peer had ended it`);
}

/** Datagrams sent before the server is asked whether it has handled them: fewer than its socket holds. */
const volley = 32;

/** Sends datagrams from a few addresses. */
export class DatagramAttack {
  readonly #sockets: DatagramSocket[];
  readonly #attack: Attack;

  private constructor(attack: Attack, sockets: DatagramSocket[]) {
    this.#attack = attack;
    this.#sockets = sockets;
  }

  static async start(attack: Attack): Promise<DatagramAttack> {
    const sockets = Array.from({ length: 4 }, () => createSocket("udp4"));
    for (const socket of sockets) {
      socket.on("message", (reply) => count(attack.campaign, reply));
      socket.on("error", () => undefined);
      socket.connect(attack.port, "127.0.0.1");
      await once(socket, "connect");
    }
    return new DatagramAttack(attack, sockets);
  }

  /** @param handled Resolves when the server has handled what was sent before. */
  async send(messages: number, handled: () => Promise<void>): Promise<void> {
    const { random, campaign } = this.#attack;
    for (let left = messages; left > 0; left -= volley) {
      const now = Math.min(volley, left);
      for (let i = 0; i < now; i++) pick(random, this.#sockets).send(message(this.#attack).subarray(0, 65_507));
      await handled();
      campaign.ran(now);
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}
