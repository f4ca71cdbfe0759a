// The values that every codec of the benchmark handles.
const time = (seconds) => ({ seconds, nseconds: 123_456_789 });

export const values = {
  pair: { a: 1, b: -2 },
  fattr3: {
    type: 1,
    mode: 0o644,
    nlink: 1,
    uid: 1000,
    gid: 1000,
    size: 123_456_789_012n,
    used: 123_456_790_528n,
    rdev: { specdata1: 0, specdata2: 0 },
    fsid: 0xfeed_beef_cafe_0001n,
    fileid: 987_654_321n,
    atime: time(1_700_000_000),
    mtime: time(1_700_000_001),
    ctime: time(1_700_000_002),
  },
  directory: {
    entries: Array.from({ length: 1000 }, (_, i) => ({
      fileid: i,
      name: `file-${i}${i % 3 === 0 ? "-with-a-longer-name.txt" : ".c"}`,
      cookie: BigInt(i) * 0x1_0000_0001n,
    })),
  },
  samples: { values: Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * 1000) },
  blob: { data: Buffer.alloc(1 << 20, 0xa5) },
};

/** Gives out `make()`'s results in turn: a decoder that meets one message again and again would be measured warm. */
export function inTurn(make) {
  const messages = Array.from({ length: 8 }, make);
  let next = 0;
  return () => messages[next++ & 7];
}
