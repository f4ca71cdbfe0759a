import assert from "node:assert/strict";
import { test } from "node:test";
import type { Certificate } from "../transport/tls/security.js";
import { isOwner, ownerOf } from "./owner.js";
import type { Session } from "./session.js";

const ann: Certificate = {
  subject: "O=Example,CN=ann",
  issuer: "CN=Our authority",
  names: ["email:ann@example.com"],
  fingerprint: "AB:12",
  validTo: new Date(0),
};
const sys = { stamp: 0, machineName: "m", uid: 1, gid: 1, gids: [] };

test("an owner without a certificate is its credential alone, as logs have it", () => {
  assert.equal(ownerOf({ flavor: 1, sys }), '[1,null,[1,1,"m"]]');
  assert.equal(ownerOf({ flavor: 6, principal: "ann", tls: ann }), '[6,"ann",null]');
});

test("certificates of other names or of another authority are other owners, a renewed one is the same", () => {
  const owner = ownerOf({ flavor: 0, tls: ann });
  assert.equal(ownerOf({ flavor: 0, tls: { ...ann, fingerprint: "CD:34", validTo: new Date(1) } }), owner);
  const others = [
    { ...ann, subject: "O=Example,CN=bob" },
    { ...ann, issuer: "CN=Another" },
    { ...ann, names: [] },
    { ...ann, names: ["email:ann@example.com", "DNS:x"] },
  ].map((tls) => ownerOf({ flavor: 0, tls }));
  assert.equal(new Set([owner, ownerOf({ flavor: 0 }), ...others]).size, 6);
});

test("certificates without any name are told apart by their fingerprints", () => {
  const nameless = { ...ann, subject: "", names: [] };
  assert.notEqual(
    ownerOf({ flavor: 0, tls: nameless }),
    ownerOf({ flavor: 0, tls: { ...nameless, fingerprint: "CD:34" } }),
  );
});

test("an owner of very long names fits into a log", () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `DNS:host${i}.example`);
  assert.ok(ownerOf({ flavor: 0, tls: { ...ann, names } }).length < 100);
});

test("a session that was used by its owner is refused to a caller with another certificate", () => {
  const identity = { flavor: 1, sys, tls: ann };
  const session = { owner: ownerOf(identity) } as Session;
  assert.equal(isOwner(session, identity), true);
  assert.equal(
    isOwner(session, { ...identity, tls: { ...ann, subject: "O=Example,CN=bob", fingerprint: "CD:34" } }),
    false,
  );
  assert.equal(isOwner(session, { flavor: 1, sys }), false);
  assert.equal(isOwner(session, { ...identity }), true);
});
