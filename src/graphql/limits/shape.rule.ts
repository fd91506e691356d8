import { type ASTNode, BREAK, type ValidationRule } from "graphql";
import type { QueryLimits } from "./query-limits.ts";
import { tooComplex } from "./too-complex.ts";

/** How deep an operation or a fragment is by itself, and which fragments it spreads how deep. */
interface Depth {
  own: number;
  readonly spreads: Map<string, number>;
}

/** Refuses a query by what its text alone shows: how deep it is nested, and how many aliases and directives it has. */
export function shapeRule(limits: Pick<QueryLimits, "depth" | "aliases" | "directives">): ValidationRule {
  return (context) => {
    const operations: [ASTNode, Depth][] = [];
    const fragments = new Map<string, Depth>();
    const totals = new Map<string, number>();
    let current: Depth = { own: 0, spreads: new Map() };
    let level = 0;
    let aliases = 0;
    let directives = 0;

    function begin(): Depth {
      level = 0;
      current = { own: 0, spreads: new Map() };
      return current;
    }

    function refuse(what: string, count: number, limit: number, node: ASTNode): typeof BREAK {
      const message = `The query has more ${what} than the ${limit} that are allowed: ask for fewer, or split it.`;
      context.reportError(tooComplex(message, { count, limit }, [node]));
      return BREAK;
    }

    /** With the fragments in it. One that contains itself is another rule's to refuse. */
    function total({ own, spreads }: Depth): number {
      return Math.max(own, ...[...spreads].map(([name, at]) => at + totalOf(name)));
    }

    function totalOf(name: string): number {
      const known = totals.get(name);
      if (known !== undefined) return known;
      totals.set(name, 0);
      const fragment = fragments.get(name);
      const depth = fragment ? total(fragment) : 0;
      totals.set(name, depth);
      return depth;
    }

    return {
      OperationDefinition(node) {
        operations.push([node, begin()]);
      },
      FragmentDefinition(node) {
        fragments.set(node.name.value, begin());
      },
      Field: {
        enter(node) {
          level++;
          current.own = Math.max(current.own, level);
          if (node.alias && ++aliases > limits.aliases)
            return refuse("aliases", aliases, limits.aliases, node);
          return undefined;
        },
        leave() {
          level--;
        },
      },
      FragmentSpread({ name: { value: name } }) {
        current.spreads.set(name, Math.max(level, current.spreads.get(name) ?? 0));
      },
      Directive(node) {
        return ++directives > limits.directives
          ? refuse("directives", directives, limits.directives, node)
          : undefined;
      },
      Document: {
        leave() {
          for (const [node, operation] of operations) {
            const depth = total(operation);
            if (depth > limits.depth) refuse("levels", depth, limits.depth, node);
          }
        },
      },
    };
  };
}
