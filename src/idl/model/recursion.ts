// Which types can contain themselves: the strongly connected components of the graph of their references
// (R. Tarjan, Depth-first search and linear graph algorithms, 1972), with a stack of our own.

import type { Draft } from "../names/scope.js";
import type { Definition, StructDefinition, TypeDefinition } from "./model.js";
import { isType, partsOf, targetOf } from "./references.js";

interface Node {
  readonly definition: TypeDefinition;
  readonly targets: readonly TypeDefinition[];
  readonly order: number;
  /** The lowest `order` that can be reached from here. */
  low: number;
  next: number;
  onStack: boolean;
}

/** Sets `recursive` in place. */
export function markRecursive(definitions: readonly Definition[]): void {
  forEachComponent(definitions, (members, isCycle) => {
    for (const member of members) {
      if (member.kind !== "enum") (member as Draft<StructDefinition>).recursive = isCycle;
    }
  });
}

/** The types that can contain each other, as a number that they share. Types that cannot contain themselves have none. */
export function cyclesOf(definitions: readonly Definition[]): ReadonlyMap<TypeDefinition, number> {
  const cycles = new Map<TypeDefinition, number>();
  let count = 0;
  forEachComponent(definitions, (members, isCycle) => {
    if (!isCycle) return;
    count++;
    for (const member of members) cycles.set(member, count);
  });
  return cycles;
}

/** Receives the types of a component, after those that they refer to. */
type OnComponent = (members: readonly TypeDefinition[], isCycle: boolean) => void;

export function forEachComponent(definitions: readonly Definition[], onComponent: OnComponent): void {
  const nodes = new Map<TypeDefinition, Node>();
  for (const definition of definitions) {
    if (isType(definition) && !nodes.has(definition)) visit(definition, nodes, onComponent);
  }
}

function visit(root: TypeDefinition, nodes: Map<TypeDefinition, Node>, onComponent: OnComponent): void {
  const component: Node[] = [];
  const path = [enter(root, nodes, component)];
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    const target = node.targets[node.next++];
    if (target === undefined) {
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) parent.low = Math.min(parent.low, node.low);
      if (node.low === node.order) close(node, component, onComponent);
      continue;
    }
    const known = nodes.get(target);
    if (known === undefined) path.push(enter(target, nodes, component));
    else if (known.onStack) node.low = Math.min(node.low, known.order);
  }
}

function enter(definition: TypeDefinition, nodes: Map<TypeDefinition, Node>, component: Node[]): Node {
  const targets = partsOf(definition)
    .map(targetOf)
    .filter((target) => target !== undefined);
  const order = nodes.size;
  const node: Node = { definition, targets, order, low: order, next: 0, onStack: true };
  nodes.set(definition, node);
  component.push(node);
  return node;
}

/** Removes a finished component from the stack. It is a cycle, unless it is a single type that does not refer to itself. */
function close(root: Node, stack: Node[], onComponent: OnComponent): void {
  const members = stack.splice(stack.lastIndexOf(root));
  for (const member of members) member.onStack = false;
  onComponent(
    members.map(({ definition }) => definition),
    members.length > 1 || root.targets.includes(root.definition),
  );
}
