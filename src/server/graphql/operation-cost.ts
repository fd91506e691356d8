import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import type { FieldCost } from "../../graphql/costs.ts";
import { fragmentApplies } from "../../graphql/requested-fields.ts";
import type { PageSizes } from "../../lib/page.ts";

/** An operation with its variables. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The state of the calculation. A fragment has the same cost in all places with one object type and one page size. */
export interface QueryCostContext extends Operation {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly fragmentCosts: Map<string, SelectionCost>;
  /** Whether a variable was read. */
  dependsOnVariables: boolean;
}

/** The cost of selected fields of one object. */
interface SelectionCost {
  /** Without shared work. */
  readonly values: number;
  readonly shared: ReadonlyMap<string, SharedWork>;
  /** The work that counts once for the operation, also of fields further in. */
  readonly batches: ReadonlyMap<string, number>;
}

interface SharedWork {
  readonly work: number;
  /** The number of fields with pages. */
  readonly pages: number;
}

/** The cost with the shared work, and without the work that counts once for the operation. */
export function totalOf({ values, shared }: SelectionCost): number {
  return [...shared.values()].reduce((sum, { work, pages }) => sum + work * Math.max(1, pages), values);
}

/** The cost of several fields of one object. */
export function addCosts(costs: readonly SelectionCost[]): SelectionCost {
  const shared = new Map<string, SharedWork>();
  const batches = new Map<string, number>();
  let sum = 0;
  for (const cost of costs) {
    sum += cost.values;
    for (const [name, work] of cost.batches) batches.set(name, work);
    for (const [name, { work, pages }] of cost.shared) {
      shared.set(name, { work, pages: pages + (shared.get(name)?.pages ?? 0) });
    }
  }
  return { values: sum, shared, batches };
}

/** The work that counts once. */
export function batchTotalOf(batches: SelectionCost["batches"]): number {
  return [...batches.values()].reduce((sum, work) => sum + work, 0);
}

/** The costs of operations that do not depend on variables. Documents are cached, so their operations occur again. */
const cachedCosts = new WeakMap<OperationDefinitionNode, number>();

/**
 * The cost of an operation: about the number of values in its response, with lists counted by their page sizes, plus the
 * work of some fields (costs.ts). Only the variables of page sizes are read: a library would coerce all of them again,
 * including an estimate of 100 MB. Fields with @skip and @include are counted.
 */
export function operationCost(requested: Operation): number {
  const cached = cachedCosts.get(requested.operation);
  if (cached !== undefined) return cached;
  const type = requested.schema.getRootType(requested.operation.operation);
  if (!type) return 0;
  const context = costContext(requested);
  const selected = selectionSetCost(requested.operation.selectionSet, type, 1, context);
  const cost = totalOf(selected) + batchTotalOf(selected.batches);
  if (!context.dependsOnVariables) cachedCosts.set(requested.operation, cost);
  return cost;
}

/** The state of a calculation at its start. */
export function costContext(requested: Operation): QueryCostContext {
  const fragments = requested.document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return {
    ...requested,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    fragmentCosts: new Map(),
    dependsOnVariables: false,
  };
}

/** The cost of the selected fields of one object. */
export function selectionSetCost(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): SelectionCost {
  return addCosts(
    set.selections.map((selection) => {
      if (selection.kind === Kind.FIELD) return fieldCost(selection, type, pageSize, context);
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        return fragmentCost(selection.name.value, type, pageSize, context);
      return fragmentApplies(selection.typeCondition, type, context.schema)
        ? selectionSetCost(selection.selectionSet, type, pageSize, context)
        : FREE;
    }),
  );
}

const FREE: SelectionCost = { values: 0, shared: new Map(), batches: new Map() };

/** Calculated once: the time would double with each fragment that spreads the next one twice. */
function fragmentCost(
  name: string,
  type: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): SelectionCost {
  const key = `${name} ${type.name} ${pageSize}`;
  const known = context.fragmentCosts.get(key);
  if (known !== undefined) return known;
  const fragment = context.fragments.get(name);
  const cost =
    fragment && fragmentApplies(fragment.typeCondition, type, context.schema)
      ? selectionSetCost(fragment.selectionSet, type, pageSize, context)
      : FREE;
  context.fragmentCosts.set(key, cost);
  return cost;
}

/** The cost of one field of one object. */
export function fieldCost(
  node: FieldNode,
  parent: GraphQLObjectType,
  pageSize: number,
  context: QueryCostContext,
): SelectionCost {
  const field = parent.getFields()[node.name.value];
  // Introspection reads no stored data, and graphql-js limits its depth.
  if (field === undefined) return FREE;
  const cost = costOf(field);
  const size = cost.page ? pageSizeOf(node, cost.page, context) : pageSize;
  const { selectionSet } = node;
  const below = selectionSet
    ? objectTypesOf(getNamedType(field.type), context).map((type) =>
        selectionSetCost(selectionSet, type, size, context),
      )
    : [];
  // The objects of an interface can all have the type that costs the most.
  const totals = below.map(totalOf);
  const item =
    cost.items === "page of each type"
      ? totals.reduce((sum, values) => sum + 1 + values, 0)
      : 1 + Math.max(0, ...totals);
  const values = itemCount(node, cost, size, context) * item;
  const batches = new Map(below.flatMap((type) => [...type.batches]));
  const { work = 0, shared, batch } = cost;
  if (shared === undefined) return { values: work + values, shared: FREE.shared, batches };
  return {
    values,
    shared: new Map([[shared, { work, pages: cost.page ? 1 : 0 }]]),
    batches: batch === undefined ? batches : batches.set(shared, batch),
  };
}

/** The object types of the objects of a field. */
export function objectTypesOf(
  type: GraphQLNamedType,
  { schema }: QueryCostContext,
): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

/** The number of objects of a field. @param pageSize the size of its page, or of the enclosing one. */
export function itemCount(
  node: FieldNode,
  { items = 1 }: FieldCost,
  pageSize: number,
  context: QueryCostContext,
): number {
  if (items === "page" || items === "page of each type") return pageSize;
  if (typeof items === "number") return items;
  const list = argument(node, items.argument, context);
  return Array.isArray(list) ? list.length : 1;
}

/** The declared cost of a field. */
export function costOf({ extensions }: GraphQLField<unknown, unknown>): FieldCost {
  return (extensions.cost as FieldCost | undefined) ?? {};
}

/** An invalid size, which the resolver rejects, counts as the maximum. */
export function pageSizeOf(node: FieldNode, sizes: PageSizes, context: QueryCostContext): number {
  const sent = ["first", "last"].map((name) => argument(node, name, context));
  const requested = sent.flatMap((size) => (size === undefined || size === null ? [] : numberIn(size)));
  if (requested.length === 0) return sizes.default;
  return Math.min(sizes.maximum, Math.max(1, ...requested));
}

/** The value of an argument of the field, a number or a list; undefined when it is omitted. */
function argument(node: FieldNode, name: string, context: QueryCostContext): unknown {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind !== Kind.VARIABLE) return literal(value);
  context.dependsOnVariables = true;
  const { operation, variables } = context;
  const variable = value.name.value;
  const sent = variables[variable];
  if (sent !== undefined) return sent;
  const definition = operation.variableDefinitions?.find((node) => node.variable.name.value === variable);
  return literal(definition?.defaultValue);
}

/** The value of a number, and the items of a list without their values. */
function literal(value: ValueNode | undefined): unknown {
  if (value?.kind === Kind.INT) return Number(value.value);
  return value?.kind === Kind.LIST ? value.values : undefined;
}

/** A number in a body may be a raw number (json.ts). Other values are rejected later. */
function numberIn(sent: unknown): number {
  const number = Number(JSON.isRawJSON(sent) ? sent.rawJSON : sent);
  return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
}
