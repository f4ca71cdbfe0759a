// Cycles of a directed graph: one path for each group of nodes that can all reach each other (Tarjan's algorithm).

/** @param graph {Map<string, string[]>} @returns {string[][]} each a closed path: ["a", "b", "a"]. */
export function findCycles(graph) {
  return components(graph)
    .filter((nodes) => nodes.size > 1 || [...nodes].some((node) => graph.get(node)?.includes(node)))
    .map((nodes) => shortestCycle(graph, nodes));
}

function components(graph) {
  const order = new Map();
  const low = new Map();
  const stack = [];
  const found = [];
  const enter = (node) => {
    order.set(node, order.size);
    low.set(node, order.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) enter(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node), low.get(next)));
    }
    if (low.get(node) === order.get(node)) found.push(new Set(stack.splice(stack.indexOf(node))));
  };
  for (const node of graph.keys()) if (!order.has(node)) enter(node);
  return found;
}

// Breadth first from the component's first node back to itself.
function shortestCycle(graph, nodes) {
  const [start] = [...nodes].sort();
  const cameFrom = new Map();
  for (const queue = [start]; queue.length > 0; ) {
    const node = queue.shift();
    for (const next of graph.get(node)) {
      if (next === start) return closePath(cameFrom, start, node);
      if (!nodes.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return [...nodes];
}

function closePath(cameFrom, start, last) {
  const path = [start];
  for (let node = last; node !== start; node = cameFrom.get(node)) path.unshift(node);
  path.unshift(start);
  return path;
}
