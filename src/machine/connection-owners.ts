// The user of a TCP connection within this machine, as Linux reports it, not as the caller claims. The system is asked
// for the one socket; if that is not possible, the list of all sockets is read, once for all pending questions.
import { readFile } from "node:fs/promises";
import { type End, withoutScope } from "./ip-address.js";
import { toListed } from "./proc-net.js";
import { diagnosedUser, diagnosisRequest } from "./socket-diagnosis.js";
import type { System } from "./system.js";

export class ConnectionOwners {
  readonly #system: Pick<System, "diagnose"> | undefined;
  readonly #read: (file: string) => Promise<string>;
  #lists: SocketLists | undefined;

  /** `read` reads one of the system's files. */
  constructor(system?: Pick<System, "diagnose">, read = (file: string) => readFile(file, "latin1")) {
    this.#system = system;
    this.#read = read;
  }

  /**
   * The user id at the other end of a TCP connection within this machine. Undefined if the system does not report it,
   * or if no process has that end any more. `remote` is the caller's end and `local` ours. Never rejects.
   */
  async of(remote: End, local: End): Promise<number | undefined> {
    const [own, other] = [plain(remote), plain(local)];
    const answer = await this.#system?.diagnose(diagnosisRequest(own, other));
    if (answer !== undefined) return diagnosedUser(answer);
    return (await this.#readLists()).userOf(own, other);
  }

  /** Starts a new reading, unless one is about to start: a reading that has begun already may lack the caller's connection. */
  #readLists(): Promise<SocketLists> {
    this.#lists ??= new SocketLists(this.#read);
    const lists = this.#lists;
    return lists.whenRead(() => {
      if (this.#lists === lists) this.#lists = undefined;
    });
  }
}

/**
 * One reading of all TCP sockets of this machine. It starts one turn of the event loop later, so that further questions
 * can share it.
 */
class SocketLists {
  readonly #read: (file: string) => Promise<string>;
  #texts: Promise<readonly string[]> | undefined;
  #lists: readonly string[] = [];

  constructor(read: (file: string) => Promise<string>) {
    this.#read = read;
  }

  async whenRead(begun: () => void): Promise<SocketLists> {
    this.#texts ??= new Promise((resolve) => {
      setImmediate(() => {
        begun();
        const files = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map((file) => this.#read(file).catch(() => ""));
        resolve(Promise.all(files));
      });
    });
    this.#lists = await this.#texts;
    return this;
  }

  userOf(own: End, other: End): number | undefined {
    for (const [i, text] of this.#lists.entries()) {
      const user = userIn(text, `${toListed(own, i === 1)} ${toListed(other, i === 1)}`);
      if (user !== undefined) return user;
    }
    return undefined;
  }
}

/** The end without the scope of a link-local address. */
function plain({ host, port }: End): End {
  return { host: withoutScope(host), port };
}

/**
 * The columns are: number, local, remote, state, queues, timer, retransmissions, user id, timeouts, inode. A socket that
 * no process has any more has inode 0, and user 0, regardless of its former owner.
 */
function userIn(text: string, pair: string): number | undefined {
  const at = text.indexOf(` ${pair} `);
  if (at < 0) return undefined;
  const columns = text
    .slice(at + pair.length + 2, at + pair.length + 200)
    .trim()
    .split(/\s+/);
  const [user = "", inode = "0"] = [columns[4], columns[6]];
  return /^\d+$/.test(user) && inode !== "0" ? Number(user) : undefined;
}
