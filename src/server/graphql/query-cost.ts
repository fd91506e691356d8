import type { GraphQLRequestContext } from "@apollo/server";
import {
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  getNamedType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import type { FieldCost } from "../../graphql/costs.ts";
import { fragmentApplies } from "../../graphql/requested-fields.ts";
import {
  addCosts,
  batchTotalOf,
  costContext,
  costOf,
  fieldCost,
  itemCount,
  type Operation,
  objectTypesOf,
  operationCost,
  pageSizeOf,
  type QueryCostContext,
  selectionSetCost,
  totalOf,
} from "./operation-cost.ts";
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
      const requested = { schema, document, operation, variables: request.variables ?? {} };
      const cost = operationCost(requested);
      if (cost > limit) throw tooComplex(describe(requested, cost, limit), { cost, limit });
      if (cost < limit * HEAVY_SHARE) return;
      const total = [...running.values()].reduce((sum, other) => sum + other, cost);
      if (total > limit * MAX_CONCURRENT_SHARE) throw overloaded();
      running.set(requestContext, cost);
    },
    release: (requestContext) => running.delete(requestContext),
  };
}

function overloaded(): GraphQLError {
  return new GraphQLError("The server processes other large queries at the moment; try again.", {
    extensions: { code: "SERVICE_UNAVAILABLE", http: { status: 503 } },
  });
}

/** The message about an operation that costs too much, with the field to reduce. */
function describe(requested: Operation, cost: number, limit: number): string {
  const summary = `The query costs ${cost}, and the limit is ${limit}. The cost is about the number of values in the response, plus the work to find them.`;
  const most = mostExpensive(requested, cost);
  if (most === undefined) return `${summary} Request fewer fields, or split the query.`;
  const { path, count, hasPages, hasWork } = most;
  const others = cost - most.cost + most.batchCost;
  const allowed = Math.floor((limit - others) / ((most.cost - most.batchCost) / count));
  const advice = [
    ...(count > 1 && allowed > 0 ? [`request it at most ${allowed} times in one query`] : []),
    ...(hasPages ? ["request smaller pages (first or last)"] : []),
    ...(hasWork ? ["leave it out"] : ["request fewer of its fields"]),
    ...(most.cost < limit ? ["split the query"] : []),
  ];
  const times = count > 1 ? `, which the query requests ${count} times` : "";
  return `${summary} ${most.cost} of it are for ${path}${times}: ${advice.join(", or ")}.`;
}

/** A field that costs at least half of an operation. */
interface Expense {
  /** The names from the root, for instance `jobs.nodes.resources`. */
  readonly path: string;
  readonly cost: number;
  /** The part of the cost that counts once, however often the field is requested. */
  readonly batchCost: number;
  /** How often the field is requested, under several aliases. */
  readonly count: number;
  readonly hasPages: boolean;
  readonly hasWork: boolean;
}

/** Objects with the same selected fields. */
interface SelectedObjects {
  readonly set: SelectionSetNode;
  readonly type: GraphQLObjectType;
  readonly pageSize: number;
  readonly count: number;
}

/** The innermost field that costs at least half of the operation; aliases of a field count together. */
function mostExpensive(requested: Operation, total: number): Expense | undefined {
  const { operation, schema } = requested;
  const context = costContext(requested);
  const root = schema.getRootType(operation.operation);
  let objects: SelectedObjects[] = root
    ? [{ set: operation.selectionSet, type: root, pageSize: 1, count: 1 }]
    : [];
  let found: Expense | undefined;
  let prefix = "";
  let hasPages = false;
  for (;;) {
    const most = mostExpensiveFields(objects, context);
    if (most === undefined) return found;
    const batchCost = batchTotalOf(most.batches);
    const cost = most.cost + batchCost;
    if (cost < total / 2) return found;
    const { count, hasWork } = most;
    const paths = most.names.map((name) => `${prefix}${name}`);
    prefix = `${paths[0]}.`;
    hasPages ||= most.hasPages;
    if (most.hasPages || hasWork || most.isList || count > 1)
      found = { path: paths.join(" and "), cost, batchCost, count, hasPages, hasWork };
    objects = most.below;
  }
}

/** The fields of a name, or those that share work. */
interface ExpensiveFields {
  names: string[];
  /** Without the work that counts once. */
  cost: number;
  batches: Map<string, number>;
  count: number;
  hasPages: boolean;
  hasWork: boolean;
  isList: boolean;
  below: SelectedObjects[];
}

function mostExpensiveFields(
  objects: readonly SelectedObjects[],
  context: QueryCostContext,
): ExpensiveFields | undefined {
  const groups = new Map<string, ExpensiveFields>();
  for (const object of objects) {
    const { type, pageSize } = object;
    const nodes = fieldNodesOf(object, context);
    for (const [key, fields] of Map.groupBy(nodes, (node) => workOf(node, type))) {
      const group = groups.get(key) ?? emptyGroup();
      groups.set(key, group);
      const selected = addCosts(fields.map((node) => fieldCost(node, type, pageSize, context)));
      group.cost += object.count * totalOf(selected);
      for (const [name, work] of selected.batches) group.batches.set(name, work);
      const costs = fields.map((node) => addField(group, node, object, context));
      const isShared = costs.some(({ shared }) => shared !== undefined);
      group.count += isShared ? Math.max(1, costs.filter(({ page }) => page).length) : costs.length;
    }
  }
  const costOfGroup = ({ cost, batches }: ExpensiveFields) => cost + batchTotalOf(batches);
  return [...groups.values()].toSorted((a, b) => costOfGroup(b) - costOfGroup(a))[0];
}

function emptyGroup(): ExpensiveFields {
  return {
    names: [],
    cost: 0,
    batches: new Map(),
    count: 0,
    hasPages: false,
    hasWork: false,
    isList: false,
    below: [],
  };
}

/** The name of the shared work of a field, or the name of the field. */
function workOf({ name: { value } }: FieldNode, type: GraphQLObjectType): string {
  const field = type.getFields()[value];
  return (field && costOf(field).shared) ?? value;
}

function addField(
  group: ExpensiveFields,
  node: FieldNode,
  object: SelectedObjects,
  context: QueryCostContext,
): FieldCost {
  const field = object.type.getFields()[node.name.value];
  if (field === undefined) return {};
  const cost = costOf(field);
  if (!group.names.includes(field.name)) group.names.push(field.name);
  group.hasPages ||= cost.page !== undefined;
  group.hasWork ||= cost.work !== undefined;
  group.isList ||= typeof cost.items === "number";
  const pageSize = cost.page ? pageSizeOf(node, cost.page, context) : object.pageSize;
  const count = object.count * itemCount(node, cost, pageSize, context);
  if (node.selectionSet) {
    const { selectionSet: set } = node;
    const types = objectTypesOf(getNamedType(field.type), context);
    const costOfType = (type: GraphQLObjectType) => totalOf(selectionSetCost(set, type, pageSize, context));
    const [type] = types.toSorted((a, b) => costOfType(b) - costOfType(a));
    if (type) group.below.push({ set, type, pageSize, count });
  }
  return cost;
}

/** The fields of a selection with its fragments. Their number is limited (query-shape.ts). */
function fieldNodesOf(
  { set, type }: Pick<SelectedObjects, "set" | "type">,
  context: QueryCostContext,
): FieldNode[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : context.fragments.get(selection.name.value);
    return inner && fragmentApplies(inner.typeCondition, type, context.schema)
      ? fieldNodesOf({ set: inner.selectionSet, type }, context)
      : [];
  });
}
