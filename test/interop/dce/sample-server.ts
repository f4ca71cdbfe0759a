// What the tests' server does for each operation of sample.idl.
import { DceFault, type DceImplementation, DceStatus } from "lupine/dce";
import type { node, point, Sample_v1_Operations } from "./sample.gen.js";

export function implementation(): DceImplementation<Sample_v1_Operations> {
  return {
    add: (a, b) => ({ sum: a + b, result: 0 }),
    nothing: () => undefined,
    sum: (values) => BigInt(values.reduce((total, one) => total + one, 0)),
    reverse: (list) => {
      let reversed: node | null = null;
      for (let one = list; one !== null; one = one.next) reversed = { value: one.value, next: reversed };
      return { list: reversed };
    },
    fill: (max) => ({ data: Uint8Array.from({ length: max / 2 }, (_, i) => i) }),
    texts: (a, b, d) => ({ c: `${a} ${b} ${d.reduce((total, one) => total + one, 0)}` }),
    all: (p, t, c, k, f) => {
      const isShared = f?.left != null && f.left === f.right && f.left.left === f;
      const isText = t.v.tag === 3 && "text" in t.v && t.v.text === "three" && t.c === 5;
      const q: point[] = [];
      if ("p" in c) q.push(c.p);
      q.push({ x: k.values[0] ?? 0, y: k.values[1] ?? 0 });
      if (isShared && isText) q.push(...(p.points ?? []).slice(0, 1));
      return { q: { points: q } };
    },
    open: (name, call) => {
      if (name === "refuse") throw new DceFault(DceStatus.accessDenied);
      const s = call.openContext(name, () => process.emit("dce-run-down" as never, name as never));
      return { s, result: 0 };
    },
    closeSession: (s, call) => {
      const name = call.contextState(s) as string;
      call.closeContext(s);
      return { s: null, result: name.length };
    },
    notify: () => undefined,
    mix: (f, d, b, x, s, u, w) => (b && x === 255 && s === -1 && u === 2n ** 64n - 1n && w === 70000 ? f + d + 5 : 0),
  };
}
