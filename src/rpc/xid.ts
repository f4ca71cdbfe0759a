// Transaction identifiers (RFC 5531 section 9).
import { randomWord } from "../base/random.js";

/** Where a connection's xids begin: random, so that a restarted client does not repeat what a server has cached. */
export function randomXid(): number {
  return randomWord();
}
