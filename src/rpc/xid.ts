// Transaction identifiers (RFC 5531 section 9).
import { randomInt } from "node:crypto";

/** Where a connection's xids begin: random, so that a restarted client does not repeat what a server has cached. */
export function randomXid(): number {
  return randomInt(0x1_0000_0000);
}
