import { type GraphQLRequestContext, HeaderMap } from "@apollo/server";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { FieldCost } from "../../graphql/costs.ts";
import type { PageSizes } from "../../lib/page.ts";
import { tooComplex } from "./query-shape.ts";

/** The share of the limit from which a query is heavy; a dashboard of 20 jobs costs a hundredth. */
const HEAVY_SHARE = 0.1;

/**
 * The limit of the total cost of concurrent heavy queries, as a multiple of the limit of one. Of 300 simultaneous queries
 * with the highest cost, 100 concurrent ones took 602 MB, five 536 MB, three less than 512 MB.
 */
const MAX_CONCURRENT_SHARE = 3;

/** Limits the costs of single operations, and the total cost of concurrent heavy operations. */
export interface CostLimit {
  /**
   * Rejects an operation that costs too much, and heavy operations while too many of them run, before it accesses the
   * database. Not in validation, because the size of a page may be a variable and validated documents are cached.
   * @throws GraphQLError QUERY_TOO_COMPLEX or SERVICE_UNAVAILABLE.
   */
  admit(request: GraphQLRequestContext<object>): void;
  /** Ends an operation, admitted or not. */
  release(request: GraphQLRequestContext<object>): void;
}

export function createCostLimit(limit: number): CostLimit {
  const running = new Map<object, number>();
  return {
    admit(requestContext) {
      const { schema, document, operation, request } = requestContext;
      // Apollo itself rejects an operation that the document does not contain.
      if (operation === undefined || document === undefined) return;
      const cost = operationCost({ schema, document, operation, variables: request.variables ?? {} });
      if (cost > limit) throw tooComplex(describe(cost, limit), { cost, limit });
      if (cost < limit * HEAVY_SHARE) return;
      const total = [...running.values()].reduce((sum, other) => sum + other, cost);
      if (total > limit * MAX_CONCURRENT_SHARE) throw overloaded();
      running.set(requestContext, cost);
    },
    release: (requestContext) => running.delete(requestContext),
  };
}

function describe(cost: number, limit: number): string {
  return `The query costs ${cost}, and the limit is ${limit}. The cost is about the number of values in the response: request smaller pages, fewer fields or fewer lists, or split the query.`;
}

function overloaded(): GraphQLError {
  const http = { status: 503, headers: new HeaderMap([["retry-after", "1"]]) };
  return new GraphQLError("The server processes other large queries at the moment; try again.", {
    extensions: { code: "SERVICE_UNAVAILABLE", http },
  });
}

/** An operation with its variables. */
interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The state of the calculation. A fragment has the same cost in all places with one page size. */
interface QueryCostContext extends Operation {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly fragmentCosts: Map<string, number>;
  /** Whether a variable was read. */
  dependsOnVariables: boolean;
}

/** The costs of operations that do not depend on variables. Documents are cached, so their operations occur again. */
const cachedCosts = new WeakMap<OperationDefinitionNode, number>();

/**
 * The cost of an operation: about the number of values in its response, with lists counted by their page sizes, plus the
 * work of some fields (costs.ts). Only the variables of page sizes are read: a library would coerce all of them again,
 * including an estimate of 100 MB. Fields with @skip and @include are counted.
 */
function operationCost(requested: Operation): number {
  const { schema, document, operation } = requested;
  const cached = cachedCosts.get(operation);
  if (cached !== undefined) return cached;
  const type = schema.getRootType(operation.operation);
  if (!type) return 0;
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const context: QueryCostContext = {
    ...requested,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    fragmentCosts: new Map(),
    dependsOnVariables: false,
  };
  const cost = selectionSetCost(operation.selectionSet, type, 1, context);
  if (!context.dependsOnVariables) cachedCosts.set(operation, cost);
  return cost;
}

function selectionSetCost(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += fieldCost(selection, type, pageSize, context);
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      sum += selectionSetCost(selection.selectionSet, type, pageSize, context);
    else sum += fragmentCost(selection.name.value, type, pageSize, context);
  }
  return sum;
}

/** Calculated once: the time would double with each fragment that spreads the next one twice. */
function fragmentCost(
  name: string,
  type: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): number {
  const key = `${name} ${pageSize}`;
  const fragmentCosts = context.fragmentCosts.get(key);
  if (fragmentCosts !== undefined) return fragmentCosts;
  const fragment = context.fragments.get(name);
  const cost = fragment ? selectionSetCost(fragment.selectionSet, type, pageSize, context) : 0;
  context.fragmentCosts.set(key, cost);
  return cost;
}

function fieldCost(
  node: FieldNode,
  parent: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): number {
  const field = parent.getFields()[node.name.value];
  // Introspection reads no stored data, and graphql-js limits its depth.
  if (field === undefined) return 0;
  const cost = field.extensions.cost as FieldCost | undefined;
  const size = cost?.page ? pageSizeOf(node, cost.page, context) : pageSize;
  const items = cost?.items === "page" ? size : (cost?.items ?? 1);
  const type = getNamedType(field.type);
  const below =
    node.selectionSet && isObjectType(type) ? selectionSetCost(node.selectionSet, type, size, context) : 0;
  return (cost?.work ?? 0) + items * (1 + below);
}

/** An invalid size, which the resolver rejects, counts as the maximum. */
function pageSizeOf(node: FieldNode, sizes: PageSizes, context: QueryCostContext): number {
  const requested = ["first", "last"].flatMap((name) => argument(node, name, context) ?? []);
  if (requested.length === 0) return sizes.default;
  return Math.min(sizes.maximum, Math.max(1, ...requested));
}

/** The number in an argument of the field; undefined when it is omitted or null. */
function argument(node: FieldNode, name: string, context: QueryCostContext): number | undefined {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind !== Kind.VARIABLE) return undefined;
  context.dependsOnVariables = true;
  const { operation, variables } = context;
  const variable = value.name.value;
  const sent = variables[variable];
  if (sent !== undefined) return sent === null ? undefined : numberIn(sent);
  const definition = operation.variableDefinitions?.find((node) => node.variable.name.value === variable);
  return definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : undefined;
}

/** A number in a body may be a raw number (json.ts). Other values are rejected later. */
function numberIn(sent: unknown): number {
  const number = Number(JSON.isRawJSON(sent) ? sent.rawJSON : sent);
  return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
}
