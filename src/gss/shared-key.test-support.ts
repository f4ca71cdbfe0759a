// A mechanism without a key distribution centre: both ends have the keys. Its contexts are those of Kerberos.

import { Krb5Context } from "./krb5/per-message-tokens.js";
import {
  type GssContext,
  GssError,
  type GssMechanism,
  type GssNegotiation,
  type GssStyle,
  major,
} from "./mechanism.js";

export interface SharedKeyOptions {
  /** The caller's name, as the server learns it. Default "alice@TEST". */
  readonly caller?: string;
  /** How many tokens the caller sends. Default 1. */
  readonly rounds?: number;
  /** When contexts end. Default never. */
  readonly endsAt?: () => number;
  /** Called for each token that the server takes. */
  readonly onToken?: (text: string) => void;
}

const key = { type: 18, bytes: Buffer.alloc(32, 7) };
const acceptorSubkey = { type: 18, bytes: Buffer.alloc(32, 8) };

// Each token is new, as those of Kerberos are.
let callers = 0;

/** A token says who its sender is, and which token it is. */
export function sharedKey(options: SharedKeyOptions = {}): GssMechanism {
  const { caller = "alice@TEST", rounds = 1, endsAt = () => Number.POSITIVE_INFINITY, onToken } = options;
  const contextOf = (isInitiator: boolean, peer: string, style: GssStyle | undefined): GssContext =>
    new Krb5Context(
      { isInitiator, key, acceptorSubkey, sendSequence: 1n, ...(style === undefined ? {} : { receiveSequence: 1n }) },
      { peer, endsAt: endsAt(), isDelegated: false },
    );
  return {
    name: "shared-key",
    initiate(service, style) {
      const self = `${caller} ${++callers}`;
      let round = 0;
      return {
        async step(token) {
          if (token !== undefined && Buffer.from(token).toString() !== `ok ${round}`) throw refused("a strange token");
          round++;
          if (round > rounds) return { context: contextOf(true, service, style) };
          return { token: Buffer.from(`${self} ${round} of ${rounds}`) };
        },
      };
    },
    accept(style): GssNegotiation {
      return {
        async step(token) {
          const text = Buffer.from(token ?? []).toString();
          onToken?.(text);
          const match = /^(\S+) \d+ (\d+) of (\d+)$/.exec(text);
          if (match === null) throw refused("a strange token");
          const [, name = "", round, of] = match;
          const answer = Buffer.from(`ok ${round}`);
          return round === of ? { token: answer, context: contextOf(false, name, style) } : { token: answer };
        },
      };
    },
  };
}

function refused(message: string): GssError {
  return new GssError(message, { major: major.failure, minor: 5 });
}
