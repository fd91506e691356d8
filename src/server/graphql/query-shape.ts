import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationRule,
  visit,
} from "graphql";

type ShapeLimits = Pick<QueryLimits, "depth" | "aliases" | "directives">;

/** A limit that a document exceeds, and the node at which it does. */
interface Excess {
  readonly what: string;
  readonly count: number;
  readonly limit: number;
  readonly node: ASTNode;
}

/** The Sandbox sends all operations of its editor with each request; no other client has more than a few. */
const MOST_OPERATIONS = 20;

/** Relay writes one for each component. Every pair of them is compared. */
const MOST_FRAGMENTS = 100;

const MOST_VARIABLES = 100;

/** More than all fields of 50 aliases have together. */
const MOST_ARGUMENTS = 500;

/** @skip and @include, and room for those of a client. */
const MOST_DIRECTIVES_IN_PLACE = 4;

/** A name is quoted in messages and repeated in answers. Generated names have up to about 100 characters. */
const LONGEST_NAME = 200;

/** Clients add __typename and id to each fragment, so a field comes up once for each of them. */
const MOST_REPETITIONS = 200;

/**
 * Fields and fragments of all operations with their fragments written out. Counting 5,000 takes 2 ms; 17 KB of text
 * could hold 180,000 when each of 20 operations had a limit of its own, and block the event loop for 20 ms.
 */
const MOST_SELECTIONS = 5_000;

/** Selection sets, lists, objects and list types in one another. Validation recurses, and fails from 1,600 on. */
const DEEPEST = 500;

const NESTING: ReadonlySet<string> = new Set([Kind.SELECTION_SET, Kind.LIST, Kind.OBJECT, Kind.LIST_TYPE]);

/**
 * Refuses a query by its text alone: how deep it is nested, and how many operations, fields and other parts it has.
 * It runs before the rules of graphql-js look into the document, because those recurse and compare.
 * @param listed after how many errors validation stops.
 */
export function shapeRule(limits: ShapeLimits, listed: number): ValidationRule {
  return (context) => ({
    Document(document) {
      const excess = excessOf(document, limits);
      if (excess === undefined) return;
      const { what, count, limit, node } = excess;
      const message = `The query has more ${what} than the ${limit} that are allowed: ask for fewer, or split it.`;
      const error = tooComplex(message, { count, limit }, [node]);
      // graphql-js has no other way to stop; listed-errors.plugin.ts lists the error once.
      for (let reported = 0; reported <= listed; reported++) context.reportError(error);
    },
  });
}

function excessOf(document: DocumentNode, limits: ShapeLimits): Excess | undefined {
  return partsExcess(document, limits) ?? fieldsExcess(document, limits);
}

/** Counts the parts of a document. `visit` does not recurse. */
function partsExcess(document: DocumentNode, limits: ShapeLimits): Excess | undefined {
  const counts = new Map<string, number>();
  let excess: Excess | undefined;
  let level = 0;

  function check(what: string, count: number, limit: number, node: ASTNode): void {
    if (count > limit) excess ??= { what, count, limit, node };
  }

  function countUp(what: string, limit: number, node: ASTNode): void {
    const count = (counts.get(what) ?? 0) + 1;
    counts.set(what, count);
    check(what, count, limit, node);
  }

  visit(document, {
    enter(node) {
      if (NESTING.has(node.kind)) check("nested brackets", ++level, DEEPEST, node);
      if ("directives" in node) {
        const count = node.directives?.length ?? 0;
        check("directives in one place", count, Math.min(limits.directives, MOST_DIRECTIVES_IN_PLACE), node);
      }
      switch (node.kind) {
        case Kind.OPERATION_DEFINITION:
          countUp("operations", MOST_OPERATIONS, node);
          break;
        case Kind.FRAGMENT_DEFINITION:
          countUp("fragments", MOST_FRAGMENTS, node);
          break;
        case Kind.VARIABLE_DEFINITION:
          countUp("variables", MOST_VARIABLES, node);
          break;
        case Kind.ARGUMENT:
          countUp("arguments", MOST_ARGUMENTS, node);
          break;
        case Kind.DIRECTIVE:
          countUp("directives", limits.directives, node);
          break;
        case Kind.FIELD:
          if (node.alias) countUp("aliases", limits.aliases, node);
          break;
        case Kind.NAME:
          check("characters in a name", node.value.length, LONGEST_NAME, node);
          break;
      }
      return excess && BREAK;
    },
    leave(node) {
      if (NESTING.has(node.kind)) level--;
    },
  });
  return excess;
}

/** A selection set, how deep it is nested with fragments written out, and the fragments around it. */
interface Nested {
  readonly set: SelectionSetNode;
  readonly level: number;
  readonly inside: readonly string[];
}

/** What the operations have been found to hold when their fragments are written out. */
interface Totals {
  selections: number;
  repetitions: number;
  level: number;
}

type Fragments = ReadonlyMap<string, SelectionSetNode>;

function fieldsExcess(document: DocumentNode, limits: ShapeLimits): Excess | undefined {
  const fragments: Fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node.selectionSet] as const] : [],
    ),
  );
  const totals: Totals = { selections: 0, repetitions: 0, level: 0 };
  for (const node of document.definitions) {
    const excess =
      node.kind === Kind.OPERATION_DEFINITION && operationExcess(node, fragments, limits, totals);
    if (excess) return excess;
  }
  return undefined;
}

/** Counts fields level by level, as often as their fragments are spread: what reads the fields does the same. */
function operationExcess(
  node: OperationDefinitionNode,
  fragments: Fragments,
  limits: ShapeLimits,
  totals: Totals,
): Excess | undefined {
  let places: Nested[][] = [[{ set: node.selectionSet, level: 1, inside: [] }]];
  for (let depth = 1; places.length > 0; depth++) {
    if (depth > limits.depth) return { what: "levels", count: depth, limit: limits.depth, node };
    const below: Nested[][] = [];
    for (const place of places) {
      below.push(...placesBelow(place, fragments, totals));
      const { selections, repetitions, level } = totals;
      if (repetitions > MOST_REPETITIONS)
        return { what: "repeated fields", count: repetitions, limit: MOST_REPETITIONS, node };
      if (selections > MOST_SELECTIONS)
        return { what: "fields", count: selections, limit: MOST_SELECTIONS, node };
      if (level > DEEPEST) return { what: "nested brackets", count: level, limit: DEEPEST, node };
    }
    places = below;
  }
  return undefined;
}

/** The places below the fields of one: the selection sets of fields with one name are merged in the answer. */
function placesBelow(place: readonly Nested[], fragments: Fragments, totals: Totals): Nested[][] {
  const seen = new Set<string>();
  const below = new Map<string, Nested[]>();
  const open = [...place];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { inside } = next;
    const level = next.level + 1;
    totals.level = Math.max(totals.level, level);
    totals.selections += next.set.selections.length;
    if (totals.selections > MOST_SELECTIONS || level > DEEPEST) break;
    for (const selection of next.set.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        if (seen.has(name)) totals.repetitions++;
        seen.add(name);
        if (selection.selectionSet === undefined) continue;
        const inner = { set: selection.selectionSet, level, inside };
        const merged = below.get(name);
        if (merged === undefined) below.set(name, [inner]);
        else merged.push(inner);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        open.push({ set: selection.selectionSet, level, inside });
      } else {
        const name = selection.name.value;
        const set = fragments.get(name);
        // A fragment that contains itself is another rule's to refuse.
        if (set !== undefined && !inside.includes(name)) open.push({ set, level, inside: [...inside, name] });
      }
    }
  }
  return [...below.values()];
}

/** What a query may ask for at most. */
export interface QueryLimits {
  /** Its cost: about the number of values in the answer (cost-of.ts). */
  readonly cost: number;
  /** How many fields deep it may be nested. */
  readonly depth: number;
  /** How many fields may have an alias. */
  readonly aliases: number;
  /** How many directives it may have. */
  readonly directives: number;
  /** How many words, numbers, strings and signs its text may have. */
  readonly tokens: number;
}

/** A query that asks for too much. The message says what to do about it. */
export function tooComplex(
  message: string,
  numbers: Readonly<Record<string, number>>,
  nodes: readonly ASTNode[] = [],
): GraphQLError {
  const extensions = { code: "QUERY_TOO_COMPLEX", ...numbers, http: { status: 400 } };
  return new GraphQLError(message, { nodes, extensions });
}

/** Refuses a kind of operation that the schema does not have: Apollo takes a subscription for a fault of its own. */
export const knownOperationRule: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    const message = `There is no ${node.operation} here, only queries and mutations.`;
    context.reportError(new GraphQLError(message, { nodes: node }));
  },
});
