// Counts primes, for as long as it takes: node server.js [ADDRESS]
import { setImmediate } from "node:timers/promises";
import { Server } from "lupine";
import { serveDeferred } from "lupine/deferred";
import { logError, serve } from "../serve.js";
import { WORK_VERS } from "./work.gen.js";

const server = new Server({ onError: logError });

server.implement(WORK_VERS, {
  async primes(limit, call) {
    let found = 0;
    for (let number = 2; number < limit; number++) {
      if (isPrime(number)) found++;
      if (number % 1_000 > 0) continue;
      // Other calls have their turn, and a cancelled one ends here.
      call.progress(number, limit);
      await setImmediate();
      call.signal.throwIfAborted();
    }
    return found;
  },
  // A stream: the reader gets each prime when it is found. It may leave before the end.
  async *eachPrime(limit) {
    for (let number = 2; number < limit; number++) if (isPrime(number)) yield number;
  },
  note(line) {
    console.log(`note: ${line}`);
  },
});

// One line: each procedure can be called as a deferred call, too.
serveDeferred(server);
await serve(server);

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}
