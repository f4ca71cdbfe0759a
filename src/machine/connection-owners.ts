// Whose a TCP connection within this machine is, as Linux says: the caller says nothing. The system is asked for the one
// socket; where it cannot be asked the list of all sockets is read, once for all who ask meanwhile.
import { readFile } from "node:fs/promises";
import { type End, withoutScope } from "./ip-address.js";
import { toListed } from "./proc-net.js";
import { diagnosedUser, diagnosisRequest } from "./socket-diagnosis.js";
import type { System } from "./system.js";

export class ConnectionOwners {
  readonly #system: Pick<System, "diagnose"> | undefined;
  readonly #read: (file: string) => Promise<string>;
  #lists: SocketLists | undefined;

  /** `read` reads a file of the system. */
  constructor(system?: Pick<System, "diagnose">, read = (file: string) => readFile(file, "latin1")) {
    this.#system = system;
    this.#read = read;
  }

  /**
   * The user id behind the other end of a TCP connection within this machine. Undefined if the system does not report it,
   * and where no process has that end any more. `remote` is the caller's end and `local` ours. Never rejects.
   */
  async of(remote: End, local: End): Promise<number | undefined> {
    const [own, other] = [plain(remote), plain(local)];
    const answer = await this.#system?.diagnose(diagnosisRequest(own, other));
    if (answer !== undefined) return diagnosedUser(answer);
    return (await this.#readLists()).userOf(own, other);
  }

  /** A list that was begun before somebody asked may lack the asker's connection. */
  #readLists(): Promise<SocketLists> {
    this.#lists ??= new SocketLists(this.#read);
    const lists = this.#lists;
    return lists.whenRead(() => {
      if (this.#lists === lists) this.#lists = undefined;
    });
  }
}

/** One reading of all TCP sockets of this machine, which waits for one turn of the event loop for more who ask. */
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

/** Without the scope of a link-local address. */
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
