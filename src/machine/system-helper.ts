// A helper process that asks the system two things that Node cannot: who is at the other end of a Unix socket
// (SO_PEERCRED), and which user has a TCP connection (netlink's sock_diag). One process answers all questions, one at a
// time.

import { type ChildProcess, type SendHandle, spawn } from "node:child_process";
import { systemClock, type Timer } from "../base/clock.js";

/** An open socket. */
export interface SocketHandle {
  /** The file descriptor of the socket. */
  readonly fd: number;
}

/** A question: a socket whose peer is wanted, or a message to sock_diag. */
type Question = { readonly socket: () => SocketHandle | undefined } | { readonly diagnose: Uint8Array };

/** An answer of the helper. Lines of another form, such as Node's own messages, are ignored. */
interface Answer {
  readonly user?: string;
  readonly diagnosis?: string;
}

/** The interpreters of the helper: the first that is installed is used. */
export interface HelperProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/** Number of the system call recvmsg on 64-bit Linux, for which Perl has no name. */
const recvmsg: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 47,
  arm64: 212,
  riscv64: 212,
  loong64: 212,
  ppc64: 342,
  s390x: 372,
};

// struct msghdr: name, its length, iov, 1, control, its length, flags. A control message: length, level, type, the socket.
const perl = String.raw`
use strict; use Socket;
open(my $node, "+<&=", 3) or exit 1;
my $diag; socket($diag, 16, 3, 4) or undef $diag;
sub room { my $s = ""; vec($s, $_[0] - 1, 8) = 0; $s }
sub at { unpack("J", pack("P", $_[0])) }
my ($bytes, $control) = (room(4096), room(24));
my $vector = pack("JJ", at($bytes), 4096);
while (1) {
  my $header = pack("J7", 0, 0, at($vector), 1, at($control), 24, 0);
  my $read = syscall($ARGV[0], 3, $header, 0);
  next if $read < 0 && $!{EINTR};
  exit 0 if $read < 1;
  if (substr($bytes, 0, $read) =~ /"diagnose":"([0-9a-f]+)"/) {
    my $answer = "";
    recv($diag, $answer, 4096, 0) if $diag && send($diag, pack("H*", $1), 0);
    syswrite($node, '{"diagnosis":"' . unpack("H*", $answer) . "\"}\n");
    next;
  }
  my $user = "";
  my $has = unpack("x40 J", $header) >= 20;
  if ($has && open(my $socket, "+<&=", unpack("x16 i", $control))) {
    my $credential = getsockopt($socket, SOL_SOCKET, SO_PEERCRED);
    $user = (unpack("iII", $credential))[1] if $credential;
    close($socket);
  }
  syswrite($node, "{\"user\":\"$user\"}\n" . ($has ? "{\"cmd\":\"NODE_HANDLE_ACK\"}\n" : ""));
}`;

const python = `
import re, socket, struct
node = socket.socket(fileno=3)
try: diag = socket.socket(16, socket.SOCK_RAW, 4)
except OSError: diag = None
while True:
    data, sockets, _, _ = socket.recv_fds(node, 4096, 1)
    if not data: break
    question = re.search(b'"diagnose":"([0-9a-f]+)"', data)
    if question:
        answer = b""
        try:
            if diag: diag.send(bytes.fromhex(question[1].decode())); answer = diag.recv(4096)
        except OSError: pass
        node.sendall(b'{"diagnosis":"%s"}\\n' % answer.hex().encode())
        continue
    user = ""
    for fd in sockets:
        with socket.socket(fileno=fd) as peer:
            try: user = struct.unpack("iII", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
            except OSError: pass
    node.sendall(('{"user":"%s"}\\n' % user + ('{"cmd":"NODE_HANDLE_ACK"}\\n' if sockets else "")).encode())
`;

/** Perl, which every Debian has, or Python 3.9 or later. Undefined on systems other than Linux. */
export function helperPrograms(): HelperProgram[] {
  if (process.platform !== "linux") return [];
  const number = recvmsg[process.arch];
  const inPython = { command: "python3", args: ["-Ic", python] };
  return number === undefined ? [inPython] : [{ command: "perl", args: ["-e", perl, String(number)] }, inPython];
}

/** The most milliseconds for one answer, including the start of the helper. */
const defaultTimeout = 2_000;

/** Questions that wait. */
const mostWaiting = 1_024;

/** The most starts in a row without an answer, after which no helper is started any more. */
const mostStarts = 8;

/** The system's answer for a socket without a user, for example a TCP socket. */
export const nobody = 0xffff_ffff;

interface Waiting {
  readonly question: Question;
  /** The helper received this question and ended before it answered. */
  isRepeated?: boolean;
  readonly resolve: (answer: Answer | undefined) => void;
}

/** Started by the first question, or by `start`. Does not keep the process alive. */
export class SystemHelper {
  readonly #programs: HelperProgram[];
  readonly #waiting: Waiting[] = [];
  #child: ChildProcess | undefined;
  #asked: Waiting | undefined;
  #timer: Timer | undefined;
  #starts = 0;
  #fruitless = 0;
  #closed = false;

  readonly #timeout: number;

  /** @param timeout the most milliseconds for one answer, including the start of the helper. */
  constructor(programs: readonly HelperProgram[] = helperPrograms(), timeout = defaultTimeout) {
    this.#programs = [...programs];
    this.#timeout = timeout;
  }

  /** Processes that were started so far. */
  get starts(): number {
    return this.#starts;
  }

  /** The process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether it can answer, as far as is known. */
  get usable(): boolean {
    return !this.#closed && this.#programs.length > 0 && (this.#child !== undefined || this.#fruitless < mostStarts);
  }

  /** The user at the other end of a Unix socket; undefined if unknown. Never rejects. */
  async userOf(socket: () => SocketHandle | undefined): Promise<number | undefined> {
    const user = (await this.#ask({ socket }))?.user ?? "";
    return /^\d+$/.test(user) && Number(user) !== nobody ? Number(user) : undefined;
  }

  /** The answer of sock_diag to a message; undefined if it is not available. Never rejects. */
  async diagnose(message: Uint8Array): Promise<Uint8Array | undefined> {
    const text = (await this.#ask({ diagnose: message }))?.diagnosis ?? "";
    return /^([0-9a-f]{2})+$/.test(text) ? Buffer.from(text, "hex") : undefined;
  }

  /** Starts the helper before the first question. */
  start(): void {
    if (this.usable) this.#running();
  }

  close(): void {
    this.#closed = true;
    this.#child?.kill("SIGKILL");
    this.#answer(undefined);
  }

  #ask(question: Question): Promise<Answer | undefined> {
    if (!this.usable || this.#waiting.length >= mostWaiting) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push({ question, resolve });
      this.#next();
    });
  }

  #next(): void {
    if (this.#asked !== undefined) return;
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) return;
    const child = this.#running();
    if (child === undefined) {
      this.#answer(undefined);
      return;
    }
    // Ends a helper that does not answer: Node waits until the helper acknowledges a socket, and sends nothing meanwhile.
    this.#timer = systemClock.setTimeout(() => child.kill("SIGKILL"), this.#timeout).unref();
    try {
      this.#send(child, this.#asked.question);
    } catch {
      this.#answer(undefined);
    }
  }

  #send(child: ChildProcess, question: Question): void {
    if ("diagnose" in question) {
      child.send({ diagnose: Buffer.from(question.diagnose).toString("hex") }, () => {});
      return;
    }
    // Checked as late as possible: after a socket is closed, its number may be reused.
    const socket = question.socket();
    if (socket === undefined) this.#answer(undefined);
    else child.send({}, socket as unknown as SendHandle, () => {});
  }

  #answer(answer: Answer | undefined): void {
    systemClock.clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve(answer);
    this.#next();
  }

  #running(): ChildProcess | undefined {
    if (this.#child !== undefined || !this.usable) return this.#child;
    const { command, args } = this.#programs[0] as HelperProgram;
    this.#starts++;
    this.#fruitless++;
    const env = { PATH: "/usr/bin:/bin" };
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "ignore", "ipc"], env });
    this.#child = child;
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && this.#child === child) {
        this.#programs.shift();
        this.#starts--;
        this.#fruitless--;
      }
      this.#lost(child);
    });
    child.once("exit", () => this.#lost(child));
    child.on("message", (answer: Answer) => {
      this.#fruitless = 0;
      this.#answer(answer);
    });
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** The helper has ended: ask a new one, once. */
  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const asked = this.#asked;
    if (asked === undefined || asked.isRepeated || !this.usable) {
      if (!this.usable) for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
      this.#answer(undefined);
      return;
    }
    systemClock.clearTimeout(this.#timer);
    this.#asked = undefined;
    this.#waiting.unshift(asked);
    asked.isRepeated = true;
    this.#next();
  }
}
