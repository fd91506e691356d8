import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationRule,
  visit,
} from "graphql";

type ShapeLimits = Pick<QueryLimits, "depth" | "aliases" | "directives">;

/** A limit that a document exceeds, and the node that exceeds it. */
interface ExceededLimit {
  readonly subject: string;
  readonly count: number;
  readonly limit: number;
  readonly node: ASTNode;
}

/** The Sandbox sends all operations of its editor with each request; other clients send a few at most. */
const MAX_OPERATIONS = 20;

/** Relay generates one for each component. Every pair of them is compared. */
const MAX_FRAGMENTS = 100;

const MAX_VARIABLES = 100;

/** More than the fields of 50 aliases have together. */
const MAX_ARGUMENTS = 500;

/** @skip, @include, and two of the client. */
const MAX_DIRECTIVES_PER_NODE = 4;

/** Names occur in messages and responses. Generated names have up to about 100 characters. */
const MAX_NAME_LENGTH = 200;

/** Clients add __typename and id to each fragment, so that these fields occur once for each fragment. */
const MAX_REPETITIONS = 200;

/**
 * Fields and fragments of all operations with their fragments expanded. Counting 5,000 takes 2 ms; 17 KB of text
 * could hold 180,000 when each of 20 operations had a limit of its own, and block the event loop for 20 ms.
 */
const MAX_SELECTIONS = 5_000;

/** Nested selection sets, lists, objects and list types. Validation is recursive, and fails from 1,600 levels on. */
const MAX_NESTING = 500;

const NESTED_KINDS: ReadonlySet<string> = new Set([
  Kind.SELECTION_SET,
  Kind.LIST,
  Kind.OBJECT,
  Kind.LIST_TYPE,
]);

/**
 * Rejects a query by its document alone: by its depth, and by the number of operations, fields and other parts. This
 * rule runs before those of graphql-js, which recurse and compare.
 * @param maxErrors after how many errors validation stops.
 */
export function shapeRule(limits: ShapeLimits, maxErrors: number): ValidationRule {
  return (context) => ({
    Document(document) {
      const exceeded = exceededLimit(document, limits);
      if (exceeded === undefined) return;
      const { subject, count, limit, node } = exceeded;
      const message = `The query has more ${subject} than the limit of ${limit}: request fewer, or split the query.`;
      const error = tooComplex(message, { count, limit }, [node]);
      // graphql-js provides no other way to abort the validation; limitListedErrors lists the error once.
      for (let reported = 0; reported <= maxErrors; reported++) context.reportError(error);
    },
  });
}

function exceededLimit(document: DocumentNode, limits: ShapeLimits): ExceededLimit | undefined {
  return exceededPartLimit(document, limits) ?? exceededFieldLimit(document, limits);
}

/** Counts the parts of a document. `visit` is not recursive. */
function exceededPartLimit(document: DocumentNode, limits: ShapeLimits): ExceededLimit | undefined {
  const counts = new Map<string, number>();
  let exceeded: ExceededLimit | undefined;
  let level = 0;

  function check(subject: string, count: number, limit: number, node: ASTNode): void {
    if (count > limit) exceeded ??= { subject, count, limit, node };
  }

  function countUp(subject: string, limit: number, node: ASTNode): void {
    const count = (counts.get(subject) ?? 0) + 1;
    counts.set(subject, count);
    check(subject, count, limit, node);
  }

  visit(document, {
    enter(node) {
      if (NESTED_KINDS.has(node.kind)) check("nested brackets", ++level, MAX_NESTING, node);
      if ("directives" in node) {
        const count = node.directives?.length ?? 0;
        check("directives on one node", count, Math.min(limits.directives, MAX_DIRECTIVES_PER_NODE), node);
      }
      switch (node.kind) {
        case Kind.OPERATION_DEFINITION:
          countUp("operations", MAX_OPERATIONS, node);
          break;
        case Kind.FRAGMENT_DEFINITION:
          countUp("fragments", MAX_FRAGMENTS, node);
          break;
        case Kind.VARIABLE_DEFINITION:
          countUp("variables", MAX_VARIABLES, node);
          break;
        case Kind.ARGUMENT:
          countUp("arguments", MAX_ARGUMENTS, node);
          break;
        case Kind.DIRECTIVE:
          countUp("directives", limits.directives, node);
          break;
        case Kind.FIELD:
          if (node.alias) countUp("aliases", limits.aliases, node);
          break;
        case Kind.NAME:
          check("characters in a name", node.value.length, MAX_NAME_LENGTH, node);
          break;
      }
      return exceeded && BREAK;
    },
    leave(node) {
      if (NESTED_KINDS.has(node.kind)) level--;
    },
  });
  return exceeded;
}

/** A selection set, its depth with fragments expanded, and the fragments around it. */
interface NestedSelection {
  readonly set: SelectionSetNode;
  readonly level: number;
  readonly enclosing: readonly string[];
}

/** The counts of an operation with its fragments expanded. */
interface Totals {
  selections: number;
  repetitions: number;
  level: number;
}

type Fragments = ReadonlyMap<string, SelectionSetNode>;

function exceededFieldLimit(document: DocumentNode, limits: ShapeLimits): ExceededLimit | undefined {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node.selectionSet] as const] : [],
    ),
  );
  const totals: Totals = { selections: 0, repetitions: 0, level: 0 };
  for (const node of document.definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const exceeded =
      exceededOperationLimit(node, fragments, limits, totals) ?? conditionalSubscription(node, fragments);
    if (exceeded) return exceeded;
  }
  return undefined;
}

/**
 * A directive on the field of a subscription, or on a fragment around it. graphql-js fails without the field: in a rule
 * of its own when the condition is a variable, else at execution.
 */
function conditionalSubscription(
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: Fragments,
): ExceededLimit | undefined {
  if (operation !== OperationTypeNode.SUBSCRIPTION) return undefined;
  const sets = new Set([selectionSet]);
  for (const { selections } of sets) {
    for (const node of selections) {
      const count = node.directives?.length ?? 0;
      if (count > 0) return { subject: "directives on the field of a subscription", count, limit: 0, node };
      if (node.kind === Kind.FIELD) continue;
      const inner = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value);
      if (inner !== undefined) sets.add(inner);
    }
  }
  return undefined;
}

/** Counts fields level by level, once for each spread of their fragments, as execution collects them. */
function exceededOperationLimit(
  node: OperationDefinitionNode,
  fragments: Fragments,
  limits: ShapeLimits,
  totals: Totals,
): ExceededLimit | undefined {
  let groups: NestedSelection[][] = [[{ set: node.selectionSet, level: 1, enclosing: [] }]];
  for (let depth = 1; groups.length > 0; depth++) {
    if (depth > limits.depth) return { subject: "levels", count: depth, limit: limits.depth, node };
    const below: NestedSelection[][] = [];
    for (const group of groups) {
      below.push(...groupsBelow(group, fragments, totals));
      const { selections, repetitions, level } = totals;
      if (repetitions > MAX_REPETITIONS)
        return { subject: "repeated fields", count: repetitions, limit: MAX_REPETITIONS, node };
      if (selections > MAX_SELECTIONS)
        return { subject: "fields", count: selections, limit: MAX_SELECTIONS, node };
      if (level > MAX_NESTING) return { subject: "nested brackets", count: level, limit: MAX_NESTING, node };
    }
    groups = below;
  }
  return undefined;
}

/** The groups of selection sets below the fields of a group: those of fields with the same response name are merged. */
function groupsBelow(
  group: readonly NestedSelection[],
  fragments: Fragments,
  totals: Totals,
): NestedSelection[][] {
  const seen = new Set<string>();
  const below = new Map<string, NestedSelection[]>();
  const open = [...group];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { enclosing } = next;
    const level = next.level + 1;
    totals.level = Math.max(totals.level, level);
    totals.selections += next.set.selections.length;
    if (totals.selections > MAX_SELECTIONS || level > MAX_NESTING) break;
    for (const selection of next.set.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        if (seen.has(name)) totals.repetitions++;
        seen.add(name);
        if (selection.selectionSet === undefined) continue;
        const inner = { set: selection.selectionSet, level, enclosing };
        const merged = below.get(name);
        if (merged === undefined) below.set(name, [inner]);
        else merged.push(inner);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        open.push({ set: selection.selectionSet, level, enclosing });
      } else {
        const name = selection.name.value;
        const set = fragments.get(name);
        // Another rule rejects a fragment that contains itself.
        if (set !== undefined && !enclosing.includes(name))
          open.push({ set, level, enclosing: [...enclosing, name] });
      }
    }
  }
  return [...below.values()];
}

/** The limits of a query. */
export interface QueryLimits {
  /** About the number of values in the response (operation-cost.ts). */
  readonly cost: number;
  /** The levels of nested fields. */
  readonly depth: number;
  /** The number of fields with an alias. */
  readonly aliases: number;
  readonly directives: number;
  /** The number of lexical tokens. */
  readonly tokens: number;
}

/** The error of a query that exceeds a limit. */
export function tooComplex(
  message: string,
  numbers: Readonly<Record<string, number>>,
  nodes: readonly ASTNode[] = [],
): GraphQLError {
  const extensions = { code: "QUERY_TOO_COMPLEX", ...numbers, http: { status: 400 } };
  return new GraphQLError(message, { nodes, extensions });
}
