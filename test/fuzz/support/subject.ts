// What every process under test does: it answers questions about itself, and ends when told to.
import { measureMemory } from "./memory.js";

/** A question, or an order of the program's own. */
export interface Message {
  readonly want: string;
}

/** Tells that the program is ready, and serves the questions that all programs have in common. */
export function serveQuestions(ready: object, end: () => Promise<unknown>, other: (message: Message) => unknown): void {
  let isOver = false;
  const answer = async (message: Message): Promise<void> => {
    if (message.want === "memory") process.send?.(measureMemory());
    else if (message.want === "end") {
      isOver = true;
      await end().then(() => process.disconnect());
    } else process.send?.(await other(message));
  };
  // The test was killed, or ended with Ctrl-C.
  process.once("disconnect", () => isOver || process.exit(1));
  process.on("message", (message: Message) => void answer(message));
  process.send?.(ready);
}
