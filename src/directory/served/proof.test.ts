import assert from "node:assert/strict";
import test from "node:test";
import { dir_action, type dir_change, type dir_proved, dir_stat } from "../directory.gen.js";
import { checkSecret, longestSkew, ProofChecker, Prover } from "./proof.js";

const secret = "0123456789abcdef0123456789abcdef";
const directory = 4_711n;
const versions = [{ program: 300_123, version: 1 }];

function registering(id: string, weight = 1): dir_change {
  const entry = { id, versions, addresses: ["tcp://192.0.2.9:1"], priority: 0, weight };
  return { action: dir_action.DIR_REGISTER, registration: { path: "/services/add", entry, lease: 3_000 } };
}

/** The answer to a change that was made. */
const done = () => undefined;

/** A directory and those who register with it. Few ids are remembered if `remembered` is given. */
function both(others: Readonly<Record<string, string>> = {}, remembered?: number) {
  let now = 1_700_000_000_000;
  const secrets = new Map(Object.entries({ default: secret, ...others }));
  const proofs = new ProofChecker(secrets, { now: () => now, remembered });
  const checker = {
    check: (proved: dir_proved, mayRepeat: boolean) =>
      proofs.once(proved, { origin: "", directory, mayRepeat }, done)?.why,
    status: (proved: dir_proved) => proofs.once(proved, { origin: "", directory, mayRepeat: false }, done)?.status,
    once: proofs.once.bind(proofs),
    get remembered() {
      return proofs.remembered;
    },
  };
  const prover = (text = secret, name = "default", ahead = 0) => {
    const signer = new Prover(checkSecret({ name, secret: text }, "secret"), () => now + ahead);
    return { prove: (change: dir_change, of = directory) => signer.prove(change, of) };
  };
  return { checker, prover, pass: (milliseconds: number) => (now += milliseconds) };
}

test("a claim with the right secret is believed, and each claim of a prover has a later time", () => {
  const { checker, prover } = both();
  const mine = prover();
  for (let i = 0; i < 3; i++) assert.equal(checker.check(mine.prove(registering("a")), false), undefined);
  const withdrawal: dir_change = { action: dir_action.DIR_WITHDRAW, withdrawal: { path: "/services/add", id: "a" } };
  assert.equal(checker.check(mine.prove(withdrawal), false), undefined);
});

test("another secret, another name, and any change of the claim are not believed", () => {
  const { checker, prover } = both();
  assert.match(checker.check(prover(`${secret}x`).prove(registering("a")), false) ?? "", /not made with the secret/);
  assert.match(
    checker.check(prover(secret, "other").prove(registering("a")), false) ?? "",
    /not made with the secret "other"/,
  );
  const { claim, proof } = prover().prove(registering("a"));
  for (const changed of [
    { ...claim, time: claim.time + 1n },
    { ...claim, directory: directory + 1n },
    { ...claim, change: registering("b") },
    { ...claim, change: registering("a", 2) },
  ]) {
    assert.match(checker.check({ claim: changed, proof }, false) ?? "", /not made with the secret/);
  }
  for (let bit = 0; bit < 256; bit++) {
    const flipped = Uint8Array.from(proof, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    assert.match(checker.check({ claim, proof: flipped }, false) ?? "", /not made with the secret/);
  }
  assert.equal(checker.remembered, 0, "nothing is remembered of those");
  assert.equal(checker.check({ claim, proof }, false), undefined);
});

test("what was sent before is refused when it is sent again, but for datagrams whose answer was lost", () => {
  const { checker, prover, pass } = both();
  const mine = prover();
  const first = mine.prove(registering("a"));
  assert.equal(checker.check(first, false), undefined);
  assert.match(checker.check(first, false) ?? "", /a later one/);
  assert.equal(checker.check(first, true), undefined);
  const second = mine.prove(registering("a"));
  assert.equal(checker.check(second, true), undefined);
  assert.match(checker.check(first, true) ?? "", /a later one/);
  pass(2 * longestSkew);
  assert.match(checker.check(second, false) ?? "", /behind the directory's: set both by NTP/);
});

test("a datagram that repeats a claim gets its answer again, at the host that it came from, and is not carried out", () => {
  const { checker, prover } = both();
  const mine = prover();
  const full = { status: dir_stat.DIR_FULL, why: "it is full" };
  for (const answer of [undefined, full]) {
    const claim = mine.prove(registering("a"));
    let runs = 0;
    const send = (origin: string) =>
      checker.once(claim, { origin, directory, mayRepeat: true }, () => {
        runs++;
        return answer;
      });
    assert.equal(send("192.0.2.1"), answer);
    assert.equal(send("192.0.2.1"), answer);
    const elsewhere = send("");
    assert.equal(elsewhere?.status, dir_stat.DIR_NOT_ALLOWED);
    assert.match(elsewhere.why, /received from another host before/);
    assert.equal(send("192.0.2.1"), answer);
    assert.equal(runs, 1);
  }
});

test("a claim whose change could not be carried out because of an error has no answer that could be repeated", () => {
  const { checker, prover } = both();
  const claim = prover().prove(registering("a"));
  const source = { origin: "", directory, mayRepeat: true };
  const fail = () => {
    throw new Error("a bug");
  };
  assert.throws(() => checker.once(claim, source, fail), /a bug/);
  assert.equal(checker.once(claim, source, done)?.status, dir_stat.DIR_NOT_ALLOWED);
});

test("a claim with one secret about an id never makes the claims with another secret too old", () => {
  const { checker, prover } = both({ bob: `${secret}-of-bob` });
  const [alice, bob] = [prover(), prover(`${secret}-of-bob`, "bob", longestSkew - 1_000)];
  const first = alice.prove(registering("a"));
  assert.equal(checker.check(first, false), undefined);
  const withdrawal: dir_change = { action: dir_action.DIR_WITHDRAW, withdrawal: { path: "/services/add", id: "a" } };
  for (const change of [withdrawal, registering("a")]) assert.equal(checker.check(bob.prove(change), false), undefined);
  for (let i = 0; i < 3; i++) assert.equal(checker.check(alice.prove(registering("a")), false), undefined);
  assert.match(checker.check(first, false) ?? "", /a later one/);
  assert.equal(checker.remembered, 2);
});

test("a claim for another directory or connection is not accepted", () => {
  const { checker, prover } = both();
  const elsewhere = prover().prove(registering("a"), directory + 1n);
  assert.equal(checker.status(elsewhere), dir_stat.DIR_OTHER_DIRECTORY);
  assert.match(checker.check(elsewhere, true) ?? "", /signed for another connection, or for another directory/);
  assert.equal(checker.remembered, 0);
  const forged = prover(`${secret}x`).prove(registering("a"), directory + 1n);
  assert.equal(checker.status(forged), dir_stat.DIR_NOT_ALLOWED, "the secret comes first");
});

test("claims about many ids have no claim forgotten that could be sent again, of any secret", () => {
  const { checker, prover, pass } = both({ bob: `${secret}-of-bob` }, 10);
  const [alice, bob] = [prover(), prover(`${secret}-of-bob`, "bob")];
  const recorded = alice.prove(registering("a"));
  assert.equal(checker.check(recorded, false), undefined);
  for (let i = 0; i < 50; i++) assert.equal(checker.check(bob.prove(registering(String(i))), false), undefined);
  assert.match(checker.check(recorded, false) ?? "", /a later one/);
  for (let i = 0; i < 50; i++) {
    pass(1);
    assert.equal(checker.check(alice.prove(registering(String(i))), false), undefined);
  }
  assert.equal(checker.remembered, 20, "ten of each secret");
  assert.match(checker.check(recorded, false) ?? "", /a later one/, "although it is not remembered itself");
  assert.equal(checker.check(alice.prove(registering("a")), false), undefined, "a new one is accepted");
});

test("clocks may differ by five minutes, and not by more", () => {
  const { checker, prover } = both();
  for (const ahead of [-longestSkew, longestSkew - 1_000]) {
    assert.equal(checker.check(prover(secret, "default", ahead).prove(registering(String(ahead))), false), undefined);
  }
  const late = checker.check(prover(secret, "default", longestSkew + 2_000).prove(registering("a")), false);
  assert.match(late ?? "", /302 s ahead of the directory's/);
});

test("what is remembered of ids ends when an old claim would be refused anyway", () => {
  const { checker, prover, pass } = both();
  const mine = prover();
  for (let i = 0; i < 1_000; i++) assert.equal(checker.check(mine.prove(registering(String(i))), false), undefined);
  assert.equal(checker.remembered, 1_000);
  pass(3 * longestSkew);
  assert.equal(checker.check(mine.prove(registering("new")), false), undefined);
  assert.equal(checker.remembered, 1);
});

test("a claim from before the clock jumped forwards is refused after it was set back", () => {
  const { checker, prover, pass } = both();
  const mine = prover();
  const old = [mine.prove(registering("a")), mine.prove(registering("b"))];
  for (const claim of old) assert.equal(checker.check(claim, true), undefined);
  pass(4 * longestSkew);
  assert.equal(checker.check(prover().prove(registering("c")), true), undefined);
  pass(-4 * longestSkew);
  for (const claim of old) assert.match(checker.check(claim, true) ?? "", /already been received/);
  pass(1_000);
  assert.equal(checker.check(prover().prove(registering("a")), true), undefined);
});

test("secrets that can be guessed, and names that are none, are wrong options", () => {
  assert.throws(() => checkSecret({ secret: "short" }, "options.secret"), {
    name: "TypeError",
    message: /options\.secret\.secret: give at least 16 characters/,
  });
  assert.throws(() => checkSecret({ name: "a b", secret }, "options.secret"), /options\.secret\.name/);
});
