import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from "@apollo/server";
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

/** From this part of the limit on a query is heavy; a dashboard of 20 jobs is a hundredth. */
const HEAVY = 0.1;

/**
 * Heavy queries that run at the same time may together cost so many times the limit. Of 300 of the dearest at once, a
 * hundred running took 602 MB, five 536, three less than 512.
 */
const RUNNING_TOGETHER = 3;

/**
 * Refuses an operation that costs too much, or heavy ones while too many of them run, before it touches the database.
 * In execution and not in validation: a page's size may be a variable, and validated documents are kept.
 */
export function costLimitPlugin(limit: number): ApolloServerPlugin {
  const running = new Map<GraphQLRequestContext<object>, number>();

  function begin(request: GraphQLRequestContext<object>, cost: number): void {
    if (cost < limit * HEAVY) return;
    const together = [...running.values()].reduce((sum, other) => sum + other, cost);
    if (together > limit * RUNNING_TOGETHER) throw busy();
    running.set(request, cost);
  }

  return {
    async requestDidStart() {
      return {
        async didResolveOperation(requestContext) {
          const { schema, document, operation, request } = requestContext;
          // Apollo itself refuses an operation that the document does not have.
          if (operation === undefined) return;
          const cost = costOf({ schema, document, operation, variables: request.variables ?? {} });
          if (cost > limit) throw tooComplex(describe(cost, limit), { cost, limit });
          begin(requestContext, cost);
        },
        async willSendResponse(requestContext) {
          running.delete(requestContext);
        },
      };
    },
    async unexpectedErrorProcessingRequest({ requestContext }) {
      running.delete(requestContext);
    },
  };
}

function describe(cost: number, limit: number): string {
  return `The query costs ${cost}, and ${limit} is allowed. The cost is about the number of values that it can answer: ask for smaller pages, fewer fields or fewer lists, or split it.`;
}

function busy(): GraphQLError {
  const http = { status: 503, headers: new HeaderMap([["retry-after", "1"]]) };
  return new GraphQLError("The server answers other large queries at the moment; try again.", {
    extensions: { code: "SERVICE_UNAVAILABLE", http },
  });
}

/** An operation and what it is asked with. */
interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What stays the same in all of an operation. A fragment is worth the same wherever it is spread on pages of one size. */
interface QueryCostContext extends Operation {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly known: Map<string, number>;
  /** Whether a variable was looked at. */
  dependsOnVariables: boolean;
}

/** Of operations that cost the same whatever their variables. Documents are kept, so their operations come again. */
const fixedCosts = new WeakMap<OperationDefinitionNode, number>();

/**
 * What an operation costs: about the number of values that its answer can hold, lists counted by their page sizes,
 * and the work behind some fields (costs.ts). Only the variables of page sizes are looked at: a library would coerce
 * all of them once more, an estimate of 100 MB included. What @skip and @include leave out is counted.
 */
function costOf(asked: Operation): number {
  const { schema, document, operation } = asked;
  const fixed = fixedCosts.get(operation);
  if (fixed !== undefined) return fixed;
  const type = schema.getRootType(operation.operation);
  if (!type) return 0;
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const reckoning: QueryCostContext = {
    ...asked,
    fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])),
    known: new Map(),
    dependsOnVariables: false,
  };
  const cost = costOfAll(operation.selectionSet, type, 1, reckoning);
  if (!reckoning.dependsOnVariables) fixedCosts.set(operation, cost);
  return cost;
}

function costOfAll(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  pageSize: number,
  reckoning: QueryCostContext,
): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += costOfField(selection, type, pageSize, reckoning);
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      sum += costOfAll(selection.selectionSet, type, pageSize, reckoning);
    else sum += costOfFragment(selection.name.value, type, pageSize, reckoning);
  }
  return sum;
}

/** Reckoned once: fragments that spread one another twice would otherwise take twice as long with each. */
function costOfFragment(
  name: string,
  type: GraphQLObjectType,
  pageSize: number,
  reckoning: QueryCostContext,
): number {
  const key = `${name} ${pageSize}`;
  const known = reckoning.known.get(key);
  if (known !== undefined) return known;
  const fragment = reckoning.fragments.get(name);
  const cost = fragment ? costOfAll(fragment.selectionSet, type, pageSize, reckoning) : 0;
  reckoning.known.set(key, cost);
  return cost;
}

function costOfField(
  node: FieldNode,
  parent: GraphQLObjectType,
  pageSize: number,
  reckoning: QueryCostContext,
): number {
  const field = parent.getFields()[node.name.value];
  // Introspection reads nothing stored, and graphql-js limits how deep it goes.
  if (field === undefined) return 0;
  const cost = field.extensions.cost as FieldCost | undefined;
  const size = cost?.page ? sizeOfPage(node, cost.page, reckoning) : pageSize;
  const items = cost?.items === "page" ? size : (cost?.items ?? 1);
  const type = getNamedType(field.type);
  const below =
    node.selectionSet && isObjectType(type) ? costOfAll(node.selectionSet, type, size, reckoning) : 0;
  return (cost?.work ?? 0) + items * (1 + below);
}

/** A size that is refused when the field is resolved counts as the largest. */
function sizeOfPage(node: FieldNode, sizes: PageSizes, reckoning: QueryCostContext): number {
  const asked = ["first", "last"].flatMap((name) => argument(node, name, reckoning) ?? []);
  if (asked.length === 0) return sizes.usual;
  return Math.min(sizes.maximum, Math.max(1, ...asked));
}

/** The number that an argument of the field has; undefined when it is left out or null. */
function argument(node: FieldNode, name: string, reckoning: QueryCostContext): number | undefined {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind !== Kind.VARIABLE) return undefined;
  reckoning.dependsOnVariables = true;
  const { operation, variables } = reckoning;
  const variable = value.name.value;
  const sent = variables[variable];
  if (sent !== undefined) return sent === null ? undefined : numberIn(sent);
  const definition = operation.variableDefinitions?.find((node) => node.variable.name.value === variable);
  return definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : undefined;
}

/** Numbers in a body may have kept their text (json.ts). What is no number is refused later. */
function numberIn(sent: unknown): number {
  const number = Number(JSON.isRawJSON(sent) ? sent.rawJSON : sent);
  return Number.isNaN(number) ? Number.POSITIVE_INFINITY : number;
}
