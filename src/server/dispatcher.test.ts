import assert from "node:assert/strict";
import { test } from "node:test";
import { adder, adderVersion, adding, RawEnd } from "../rpc/adder.test-support.js";
import { AuthStat } from "../rpc/auth.js";
import type { Call, Handler } from "../rpc/call.js";
import { memoryPair } from "../transport/memory.js";
import type { RefusedCall, ServerOptions } from "./options.js";
import { deny, refuse } from "./refuse.js";
import { Server } from "./server.js";

type Changes = Parameters<typeof adding>[0];

function serve(changes: Changes = {}, options: ServerOptions = {}) {
  const refused: RefusedCall[] = [];
  const errors: unknown[] = [];
  const hooks = {
    onRefused: (call: RefusedCall) => refused.push(call),
    onError: (error: unknown) => errors.push(error),
  };
  const server = new Server({ ...hooks, ...options }).implement(adder, adding(changes));
  const [near, far] = memoryPair();
  server.accept(far);
  return { server, end: new RawEnd(near), refused, errors };
}

const noAuth = "00000000 00000000";
const callAdd = `00000007 00000000 00000002 23451111 00000001 00000001 ${noAuth} ${noAuth} 00000001 00000002`;
const accepted = `00000007 00000001 00000000 ${noAuth}`;
const denied = "00000007 00000001 00000001";

function callTo(program: string, version: string, procedure: string, body = ""): string {
  return `00000007 00000000 00000002 ${program} ${version} ${procedure} ${noAuth} ${noAuth} ${body}`;
}

async function answerTo(message: string, changes: Changes = {}, options: ServerOptions = {}) {
  const served = serve(changes, options);
  served.end.send(message);
  return { answer: await served.end.next(), ...served };
}

test("a call is answered with SUCCESS and the result", async () => {
  assert.equal((await answerTo(callAdd)).answer, `${accepted} 00000000 00000003`);
});

test("procedure 0 is answered though the interface does not declare it", async () => {
  assert.equal((await answerTo(callTo("23451111", "00000001", "00000000"))).answer, `${accepted} 00000000`);
});

test("an RPC version other than 2 gets RPC_MISMATCH 2 to 2", async () => {
  const { answer, refused } = await answerTo("00000007 00000000 00000003 23451111");
  assert.equal(answer, `${denied} 00000000 00000002 00000002`);
  assert.deepEqual(refused[0]?.reason, { kind: "rpc-mismatch" });
});

test("an unknown program gets PROG_UNAVAIL", async () => {
  assert.equal((await answerTo(callTo("23451112", "00000001", "00000001"))).answer, `${accepted} 00000001`);
});

test("an unknown version gets PROG_MISMATCH with the lowest and the highest served", async () => {
  const { server, end } = serve();
  server.implement(adderVersion(4), adding()).implement(adderVersion(3), adding());
  end.send(callTo("23451111", "00000002", "00000001"));
  assert.equal(await end.next(), `${accepted} 00000002 00000001 00000004`);
  end.send(callTo("23451111", "00000000", "00000000"));
  assert.equal(await end.next(), `${accepted} 00000002 00000001 00000004`);
});

test("an unknown procedure gets PROC_UNAVAIL", async () => {
  assert.equal((await answerTo(callTo("23451111", "00000001", "00000063"))).answer, `${accepted} 00000003`);
});

test("arguments that are too short get GARBAGE_ARGS, and the hook learns where", async () => {
  const { answer, refused } = await answerTo(callTo("23451111", "00000001", "00000001", "00000001"));
  assert.equal(answer, `${accepted} 00000004`);
  assert.match(String(refused[0]?.cause), /args\.arg\.b: 4 bytes/);
});

test("bytes behind the arguments get GARBAGE_ARGS", async () => {
  assert.equal((await answerTo(`${callAdd} 00000000`)).answer, `${accepted} 00000004`);
});

test("a lenient server takes bytes behind the arguments and says so", async () => {
  const forgiven: string[] = [];
  const { answer } = await answerTo(`${callAdd} 00000000`, {}, { lenient: (what) => forgiven.push(what) });
  assert.equal(answer, `${accepted} 00000000 00000003`);
  assert.deepEqual(forgiven, ["trailing bytes"]);
});

test("a handler that throws gets its caller SYSTEM_ERR, and the hook the error", async () => {
  const boom = new Error("boom");
  const { answer, errors } = await answerTo(callAdd, {
    add: () => {
      throw boom;
    },
  });
  assert.equal(answer, `${accepted} 00000005`);
  assert.deepEqual(errors, [boom]);
});

test("a handler that rejects gets its caller SYSTEM_ERR", async () => {
  const { answer } = await answerTo(callAdd, { add: async () => Promise.reject(new Error("boom")) });
  assert.equal(answer, `${accepted} 00000005`);
});

test("a handler chooses its refusal by throwing it", async () => {
  const codes = {
    RPC_PROG_UNAVAIL: "00000001",
    RPC_PROG_MISMATCH: "00000002 00000005 00000006",
    RPC_PROC_UNAVAIL: "00000003",
    RPC_GARBAGE_ARGS: "00000004",
    RPC_SYSTEM_ERR: "00000005",
  } as const;
  for (const [code, status] of Object.entries(codes)) {
    const { answer, errors } = await answerTo(callAdd, {
      add: () => {
        throw refuse(code as keyof typeof codes, { low: 5, high: 6, mayHaveRun: false });
      },
    });
    assert.equal(answer, `${accepted} ${status}`);
    assert.deepEqual(errors, []);
  }
});

test("what a handler refuses without saying that it did nothing gets its caller SYSTEM_ERR", async () => {
  for (const error of [refuse("RPC_PROG_UNAVAIL"), refuse("RPC_GARBAGE_ARGS"), deny(AuthStat.TOOWEAK)]) {
    for (const interceptors of [[], [(call: Call, next: Handler) => next({ ...call })]]) {
      const thrown = { add: () => Promise.reject(error) };
      const { answer, errors } = await answerTo(callAdd, thrown, { interceptors });
      assert.equal(answer, `${accepted} 00000005`);
      assert.deepEqual(errors, []);
    }
  }
});

test("what an interceptor refuses before the handler is called goes out as it is, later it does not", async () => {
  const before = () => Promise.reject(refuse("RPC_PROC_UNAVAIL"));
  assert.equal((await answerTo(callAdd, {}, { interceptors: [before] })).answer, `${accepted} 00000003`);
  const after = async (call: Call, next: Handler) => {
    await next(call);
    throw refuse("RPC_PROC_UNAVAIL");
  };
  assert.equal((await answerTo(callAdd, {}, { interceptors: [after] })).answer, `${accepted} 00000005`);
});

test("an interceptor that calls next after the call has ended runs nothing: its caller was told that it did not run", async () => {
  for (const error of [refuse("RPC_PROC_UNAVAIL"), deny(AuthStat.TOOWEAK), new Error("an error")]) {
    let runs = 0;
    let late: (() => Promise<unknown>) | undefined;
    const interceptor = async (call: Call, next: Handler): Promise<unknown> => {
      late = () => next(call);
      throw error;
    };
    await answerTo(callAdd, { add: () => ++runs }, { interceptors: [interceptor] });
    await assert.rejects(late?.() as Promise<unknown>, /after the end of the call/);
    assert.equal(runs, 0);
  }
});

test("a handler denies its caller by throwing so", async () => {
  const { answer } = await answerTo(callAdd, {
    add: async () => {
      throw deny(AuthStat.TOOWEAK, { mayHaveRun: false });
    },
  });
  assert.equal(answer, `${denied} 00000001 00000005`);
});

test("a result that cannot be encoded gets SYSTEM_ERR, and the hook the error", async () => {
  for (const add of [() => "three", async () => "three"]) {
    const { answer, errors } = await answerTo(callAdd, { add });
    assert.equal(answer, `${accepted} 00000005`);
    assert.match(String(errors[0]), /not an int/);
  }
});

test("a result that does not fit the transport gets SYSTEM_ERR, and the hook the error", async () => {
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error) }).implement(adder, adding());
  const [near, far] = memoryPair({ maxMessage: 100 });
  server.accept(far);
  const end = new RawEnd(near);
  end.send(callTo("23451111", "00000001", "00000005", "00000065"));
  assert.equal(await end.next(), `${accepted} 00000005`);
  assert.match(String(errors[0]), /too long/);
});

test("a void result may be anything", async () => {
  const { answer } = await answerTo(callTo("23451111", "00000001", "00000004"), { nothing: () => 5 });
  assert.equal(answer, `${accepted} 00000000`);
});

test("a one-way call gets no reply, whatever becomes of it", async () => {
  const notes: unknown[] = [];
  const { end, errors } = serve({
    note: (value: number) => {
      notes.push(value);
      throw new Error("boom");
    },
  });
  end.send(callTo("23451111", "00000001", "00000003", "00000009"));
  end.send(callAdd);
  assert.equal(await end.next(), `${accepted} 00000000 00000003`);
  assert.deepEqual(notes, [9]);
  assert.equal(errors.length, 1);
});

test("an unknown flavor, AUTH_TLS among them, gets AUTH_REJECTEDCRED", async () => {
  for (const flavor of ["00000007", "00000003", "00000006", "000003e7"]) {
    const { answer } = await answerTo(callAdd.replace(noAuth, `${flavor} 00000000`));
    assert.equal(answer, `${denied} 00000001 00000002`);
  }
});

test("a credential over 400 bytes gets AUTH_BADCRED, a verifier AUTH_BADVERF", async () => {
  const body = "00".repeat(404);
  const head = "00000007 00000000 00000002 23451111 00000001 00000001";
  const credential = await answerTo(`${head} 00000001 00000194 ${body} ${noAuth} 00000001 00000002`);
  assert.equal(credential.answer, `${denied} 00000001 00000001`);
  const verifier = await answerTo(`${head} ${noAuth} 00000001 00000194 ${body} 00000001 00000002`);
  assert.equal(verifier.answer, `${denied} 00000001 00000003`);
});

test("a credential that announces more than there is gets no answer and does no harm", async () => {
  const { end } = serve();
  end.send("00000007 00000000 00000002 23451111 00000001 00000001 00000001 00000190 00000000");
  end.send("00000007 00000000 00000002 23451111");
  end.send("00000007 00000000");
  end.send("00000007");
  end.send("");
  end.send(callAdd);
  assert.equal(await end.next(), `${accepted} 00000000 00000003`);
});

test("a reply, and a message of no known type, are ignored", async () => {
  const { end } = serve();
  end.send(`${accepted} 00000000 00000003`);
  end.send("00000007 00000002 00000000");
  end.send(callAdd);
  assert.equal(await end.next(), `${accepted} 00000000 00000003`);
});

test("a program that wants AUTH_SYS denies AUTH_NONE as too weak, but for procedure 0", async () => {
  const server = new Server().implement(adder, adding(), { flavors: [1] });
  const [near, far] = memoryPair();
  server.accept(far);
  const end = new RawEnd(near);
  end.send(callAdd);
  assert.equal(await end.next(), `${denied} 00000001 00000005`);
  end.send(callTo("23451111", "00000001", "00000000"));
  assert.equal(await end.next(), `${accepted} 00000000`);
});

test("a hook that throws does no harm", async () => {
  const options = {
    onRefused: () => {
      throw new Error("hook");
    },
    onError: () => {
      throw new Error("hook");
    },
  };
  assert.equal((await answerTo(`${callAdd} 00000000`, {}, options)).answer, `${accepted} 00000004`);
});
