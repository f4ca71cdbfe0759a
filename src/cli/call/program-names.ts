// Names of well-known programs: a few built in, and those of /etc/rpc.
import { readFile } from "node:fs/promises";

const wellKnown: Readonly<Record<number, string>> = {
  100000: "portmapper",
  100001: "rstatd",
  100002: "rusersd",
  100003: "nfs",
  100004: "ypserv",
  100005: "mountd",
  100007: "ypbind",
  100008: "walld",
  100011: "rquotad",
  100012: "sprayd",
  100021: "nlockmgr",
  100024: "status",
  100026: "bootparam",
  100227: "nfs_acl",
  395183: "vxi11-core",
  608454994: "directory",
};

/** Maps program numbers to names: the built-in ones, overridden by the file's. A missing file is not an error. */
export async function programNames(path = "/etc/rpc"): Promise<Map<number, string>> {
  const names = new Map(Object.entries(wellKnown).map(([number, name]) => [Number(number), name]));
  const text = await readFile(path, "utf8").catch(() => "");
  for (const line of text.split("\n")) {
    const [name, number] = (line.split("#", 1)[0] as string).trim().split(/\s+/);
    if (name !== undefined && number !== undefined && /^\d+$/.test(number)) names.set(Number(number), name);
  }
  return names;
}

/** A program by its number, decimal or 0x, or by its name. Undefined when it is neither. */
export function programNumber(text: string, names: ReadonlyMap<number, string>): number | undefined {
  if (/^(\d+|0x[0-9a-f]+)$/i.test(text)) {
    const number = Number(text);
    return number <= 0xffff_ffff ? number : undefined;
  }
  for (const [number, name] of names) if (name === text) return number;
  return undefined;
}
