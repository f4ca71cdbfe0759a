// Lists that nearly always have one element, such as the servers that have got a call. A list that grows by `push`
// has room for 16 more.

/** The list with one more element. The first makes a new list, of exactly one element, which takes the least memory. */
export function added<T>(to: T[], item: T): T[] {
  if (to.length === 0) return [item];
  to.push(item);
  return to;
}

export function remove<T>(from: T[], item: T): void {
  const at = from.indexOf(item);
  if (at >= 0) from.splice(at, 1);
}
