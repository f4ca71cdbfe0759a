// The strongly connected components of a graph: which of its nodes can reach each other (R. Tarjan, Depth-first search and linear
// graph algorithms, 1972), with a stack of our own.

interface Node<T> {
  readonly value: T;
  readonly targets: readonly T[];
  readonly order: number;
  /** The lowest `order` that can be reached from here. */
  low: number;
  next: number;
  onStack: boolean;
}

/** Receives the nodes of a component, after those that they refer to. `isCycle`: they can reach themselves. */
export type OnComponent<T> = (members: readonly T[], isCycle: boolean) => void;

/** Goes through all that can be reached from `roots`, in linear time. */
export function forEachComponent<T>(
  roots: Iterable<T>,
  targetsOf: (value: T) => readonly T[],
  onComponent: OnComponent<T>,
): void {
  const nodes = new Map<T, Node<T>>();
  const component: Node<T>[] = [];
  const path: Node<T>[] = [];
  const enter = (value: T): void => {
    const order = nodes.size;
    const node = { value, targets: targetsOf(value), order, low: order, next: 0, onStack: true };
    nodes.set(value, node);
    component.push(node);
    path.push(node);
  };
  for (const root of roots) {
    if (!nodes.has(root)) enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (node.next < node.targets.length) {
        const target = node.targets[node.next++] as T;
        const known = nodes.get(target);
        if (known === undefined) enter(target);
        else if (known.onStack) node.low = Math.min(node.low, known.order);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) parent.low = Math.min(parent.low, node.low);
      if (node.low === node.order) close(node, component, onComponent);
    }
  }
}

/** Removes a finished component from the stack. It is a cycle, unless it is a single node that does not refer to itself. */
function close<T>(root: Node<T>, stack: Node<T>[], onComponent: OnComponent<T>): void {
  const members = stack.splice(stack.lastIndexOf(root));
  for (const member of members) member.onStack = false;
  onComponent(
    members.map(({ value }) => value),
    members.length > 1 || root.targets.includes(root.value),
  );
}
