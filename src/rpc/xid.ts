// Transaction identifiers (RFC 5531 section 9).
import { randomWord } from "../base/random.js";

/** The first xid of a connection: random, so that a restarted client does not repeat xids that a server has cached. */
export function randomXid(): number {
  return randomWord();
}
