// The one file that loads koffi, an optional package that calls functions of the system's C library. With it the binder
// asks the system directly for the user of a connection; without it a helper process does (system-helper.ts). Blocking
// clients use its sockets (blocking-socket.ts); without it a worker thread has them. Kerberos needs it (gss/krb5/).
import { createRequire } from "node:module";

/** Functions that need the C library. Both are synchronous, and return undefined if the system gives no answer. */
export interface Native {
  /** The user at the other end of a Unix socket (SO_PEERCRED). */
  userOf(fd: number): number | undefined;
  /** The answer to a message to netlink's sock_diag. */
  diagnose(message: Uint8Array): Uint8Array | undefined;
}

/** The part of koffi that is used. */
export interface Koffi {
  load(library: null): { func(declaration: string): (...values: unknown[]) => number };
  /** The number of the last error of this thread's system calls. */
  errno(): number;
}

/** Loads the package as `loadNative` does, but synchronously. Returns undefined if it cannot be loaded. Never throws. */
export function requireKoffi(): Koffi | undefined {
  if (!isSupported()) return undefined;
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch {
    return undefined;
  }
}

/**
 * The whole package, for a caller that knows its types. Undefined if it is not installed or does not work here. Never rejects. By `require`:
 * an `import()` that failed for want of a file descriptor would fail until the process ends.
 */
export async function importKoffi(): Promise<unknown> {
  try {
    return createRequire(import.meta.url)("koffi");
  } catch {
    return undefined;
  }
}

/** MIPS and PowerPC number the options of sockets differently. */
function isSupported(): boolean {
  return process.platform === "linux" && !process.arch.startsWith("mips") && !process.arch.startsWith("ppc");
}

const solSocket = 1;
const soPeercred = 17;
/** Bytes of `struct ucred`: process, user, group. */
const credentialLength = 12;

const familyNetlink = 16;
/** SOCK_RAW and SOCK_CLOEXEC. */
const rawSocket = 0o2000003;
const protocolSockDiag = 4;
/** MSG_DONTWAIT: the kernel has answered when `send` returns. */
const doNotWait = 0x40;
const longestAnswer = 4_096;

/** Undefined on systems other than Linux, and if koffi is not installed or does not work here. Never rejects. */
export async function loadNative(): Promise<Native | undefined> {
  if (!isSupported()) return undefined;
  try {
    const koffi = await importKoffi();
    return koffi === undefined ? undefined : nativeOf(koffi as Koffi);
  } catch {
    return undefined;
  }
}

function nativeOf(koffi: Koffi): Native {
  const library = koffi.load(null);
  const getsockopt = library.func(
    "int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)",
  );
  const socket = library.func("int socket(int family, int type, int protocol)");
  const send = library.func("int64_t send(int fd, const uint8_t *bytes, size_t length, int flags)");
  const receive = library.func("int64_t recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)");
  const close = library.func("int close(int fd)");
  return {
    userOf(fd) {
      const credential = Buffer.alloc(credentialLength);
      const length = [credentialLength];
      if (getsockopt(fd, solSocket, soPeercred, credential, length) !== 0) return undefined;
      return new DataView(credential.buffer, credential.byteOffset).getUint32(4, isLittleEndian);
    },
    diagnose(message) {
      // A new socket for each question, so that an answer cannot belong to another question.
      const fd = socket(familyNetlink, rawSocket, protocolSockDiag);
      if (fd < 0) return undefined;
      try {
        const answer = Buffer.alloc(longestAnswer);
        if (send(fd, message, message.length, 0) !== message.length) return undefined;
        const length = receive(fd, answer, answer.length, doNotWait);
        return length > 0 ? answer.subarray(0, length) : undefined;
      } finally {
        close(fd);
      }
    },
  };
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
