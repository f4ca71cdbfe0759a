// Sends a ring of nodes to procedures that change it: node client.js ADDRESS
import { createClient } from "lupine";
import { GRAPH_VERS, type graph, type node } from "./graph.gen.js";

const [address = "localhost"] = process.argv.slice(2);
await using server = createClient(GRAPH_VERS, address);

// Three nodes in a ring. Only the root is given: the others are found by their references.
const [a, b, c] = ["a", "b", "c"].map((name): node => ({ name, next: null })) as [node, node, node];
a.next = b;
b.next = c;
c.next = a;
const ring: graph = { nodes: [], root: a };
const alias = b;
console.log(`the ring ${around(ring)} has ${await server.count(ring)} nodes`);

// The server reverses its copy of the ring, and the client's stub then changes the caller's own objects.
await server.reverse(ring);
console.log(`reversed: ${around(ring)}, the same objects: ${a.next === c && c.next === b && b.next === a}`);

// Replaces a node by a new one. The removed node does not change: variables that refer to it still see it.
await server.replace(ring, "b", "x");
console.log(`replaced: ${around(ring)}; the removed node is still ${alias.name}, and leads to ${alias.next?.name}`);

function around({ root }: graph): string {
  const names: string[] = [];
  for (let at = root; at !== null && (names.length === 0 || at !== root); at = at.next) names.push(at.name);
  return [...names, root?.name].join(" -> ");
}
