// IPv6 addresses as text and as bytes.
import { withoutScope } from "./ip-address.js";

/** The sixteen bytes of an IPv6 address. */
export function version6Bytes(host: string): Uint8Array {
  // URL normalises the host to hexadecimal groups, without a dotted quad.
  const [head = "", tail] = new URL(`http://[${withoutScope(host)}]`).hostname.slice(1, -1).split("::") as [
    string,
    string?,
  ];
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const groups = [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

/** The shortest text of the IPv6 address with these sixteen bytes. */
export function version6Text(bytes: ArrayLike<number>): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
