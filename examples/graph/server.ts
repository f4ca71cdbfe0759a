// Serves procedures that change graphs: node server.js [ADDRESS]
// It gets a copy of the graph with the same sharing and cycles, and returns it changed. `nodes` keeps its order: the client
// knows its own objects by their places.
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { GRAPH_VERS, type graph, type node } from "./graph.gen.js";

const server = new Server({ onError: logError });

server.implement(GRAPH_VERS, {
  reverse(ring) {
    const before = new Map(ring.nodes.map((one) => [one.next, one]));
    for (const one of ring.nodes) one.next = before.get(one) ?? null;
    return ring;
  },

  replace(ring, old, name) {
    const removed = ring.nodes.find((one) => one.name === old);
    if (removed === undefined) return ring;
    const added: node = { name, next: removed.next };
    for (const one of ring.nodes) if (one.next === removed) one.next = added;
    if (ring.root === removed) ring.root = added;
    return ring;
  },

  count: (any) => reachable(any).size,
});

await serve(server);

function reachable({ root }: graph): Set<node> {
  const found = new Set<node>();
  for (let at = root; at !== null && !found.has(at); at = at.next) found.add(at);
  return found;
}
