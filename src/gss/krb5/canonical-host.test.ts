import assert from "node:assert/strict";
import { test } from "node:test";
import { GssError } from "../mechanism.js";
import { checkHost } from "./canonical-host.js";

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const length = value.length < 128 ? [value.length] : [0x82, value.length >> 8, value.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const text = (value: string) => der(0x1b, Buffer.from(value));
const number = (value: number) => der(0x02, Buffer.from([value]));

/** An AP-REQ (RFC 4120 section 5.5.1) for a service. */
function request(...service: readonly string[]): Buffer {
  const name = der(0x30, der(0xa0, number(3)), der(0xa1, der(0x30, ...service.map(text))));
  const sealed = der(0xa3, der(0x30, Buffer.alloc(300)));
  const ticket = der(0x61, der(0x30, der(0xa0, number(5)), der(0xa1, text("REALM")), der(0xa2, name), sealed));
  return der(0x6e, der(0x30, der(0xa0, number(5)), der(0xa1, number(14)), der(0xa3, ticket), sealed));
}

/** The caller's first token (RFC 4121 section 4.1). */
const token = (...service: readonly string[]) =>
  der(0x60, Buffer.from("06092a864886f7120102020100", "hex"), request(...service));

test("a token for the host that was asked for is sent, however it is written", () => {
  checkHost("nfs@files.example", token("nfs", "files.example"));
  checkHost("nfs@Files.Example.", token("nfs", "files.example"));
  checkHost("nfs@files.example", request("nfs", "files.example"));
  checkHost("nfs@10.0.0.1", token("nfs", "10.0.0.1"));
});

test("the full name of a short one is taken from DNS, and any name for this machine", () => {
  checkHost("nfs@files", token("nfs", "files.example"));
  for (const own of ["localhost", "127.0.0.1", "127.0.1.1", "::1"])
    checkHost(`nfs@${own}`, token("nfs", "files.example"));
});

test("a principal is taken as it is", () => {
  checkHost("nfs/files.example@REALM", token("nfs", "other.example"));
});

test("a token for another host is not sent", () => {
  const refused = (service: string, bytes: Uint8Array, message: RegExp) =>
    assert.throws(
      () => checkHost(service, bytes),
      (error) => error instanceof GssError && message.test(error.message),
    );
  const forged = /DNS says that files\.example is evil\.example.*give "nfs@evil\.example" as the service/;
  refused("nfs@files.example", token("nfs", "evil.example"), forged);
  refused("nfs@files.example", request("nfs", "evil.example"), forged);
  refused("nfs@files", token("nfs", "filesevil.example"), /DNS/);
  refused("nfs@files", token("nfs", "evil.example"), /DNS/);
  refused("nfs@10.0.0.1", token("nfs", "10.0.0.1.evil"), /DNS/);
  refused("nfs@10.0.0.1", token("nfs", "evil.example"), /DNS/);
  refused("nfs@127.0.0.1.evil.example", token("nfs", "other.example"), /DNS/);
});

test("a token that cannot be read is not sent", () => {
  const whole = token("nfs", "files.example");
  for (const bytes of [Buffer.alloc(0), whole.subarray(0, 40), Buffer.alloc(64, 0x6e), Buffer.alloc(64, 0xff)]) {
    assert.throws(() => checkHost("nfs@files.example", bytes), GssError);
  }
});
