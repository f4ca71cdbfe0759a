// The work that a request asks for.
import { kind, type mail, type request } from "./mail.gen.js";

/** The words in capitals, and who has written them. */
export function answer({ words }: request, worker: string): mail {
  return { kind: kind.ANSWER, answer: `${words.toUpperCase()} (from ${worker.replace(/-of-.*/, "")})` };
}
