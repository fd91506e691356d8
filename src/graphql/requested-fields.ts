import {
  type ASTNode,
  BREAK,
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type SelectionNode,
  visit,
} from "graphql";
import type { Wanted } from "../database/json-text.ts";

/** The operation that is being executed. */
interface Operation extends Pick<GraphQLResolveInfo, "fragments" | "schema" | "variableValues"> {
  /** Whether a variable was read. */
  dependsOnVariables: boolean;
  fieldCount: number;
}

/**
 * The limits for fields that are cached with a document, which is cached by its own size. Fragments are expanded: a
 * document of 30 KB can request 5,000 fields, which take 1 MB.
 */
const MAX_CACHED_FIELDS = 100;
const MAX_CACHED_SELECTIONS = 4;

/** The requested fields by the node of their field, for all requests, or by its nodes, for one. */
const cachedFields = new WeakMap<object, readonly Wanted[]>();

/** The requested subfields of the field that is being resolved, as graphql-js collects them. */
export function requestedFields(info: GraphQLResolveInfo): readonly Wanted[] {
  const { fieldNodes, fragments, schema, variableValues, operation } = info;
  const [node, ...others] = fieldNodes;
  const cached = cachedFields.get(fieldNodes) ?? (node && cachedFields.get(node));
  if (cached !== undefined) return cached;
  const read = { fragments, schema, variableValues, dependsOnVariables: false, fieldCount: 0 };
  const fields = subfields(getNamedType(info.returnType), fieldNodes, read);
  const isReusable =
    !read.dependsOnVariables &&
    others.length === 0 &&
    read.fieldCount <= MAX_CACHED_FIELDS &&
    operation.selectionSet.selections.length <= MAX_CACHED_SELECTIONS;
  cachedFields.set(isReusable && node ? node : fieldNodes, fields);
  return fields;
}

/** The extension of a leaf type that stands for an object type whose objects PostgreSQL writes. */
export const WRITTEN_TYPE = "writtenType";

/** Whether PostgreSQL writes the objects of this type in the current operation. */
export function isWritten({ schema }: GraphQLResolveInfo, typeName: string): boolean {
  return isLeafType(schema.getType(typeName));
}

/** The selections of the fields with a name, which a query can have several times, under aliases. */
export function selectionsOf(fields: readonly Wanted[], name: string): readonly (readonly Wanted[])[] {
  return fields.filter((field) => field.name === name).map((field) => field.fields);
}

/** The names of requested fields, without their aliases. */
export function fieldNames(fields: readonly Wanted[]): ReadonlySet<string> {
  return new Set(fields.map(({ name }) => name));
}

/** Stands for the fields of a selection with an invalid directive, for which graphql-js reports an error. */
const INVALID: readonly Wanted[] = [{ name: "", key: "", args: undefined, fields: [] }];

function subfields(
  type: GraphQLNamedType,
  nodes: readonly FieldNode[],
  operation: Operation,
): readonly Wanted[] {
  const objectType = type.extensions[WRITTEN_TYPE] ?? type;
  if (!isObjectType(objectType)) return [];
  const selected = ifValid(() =>
    nodes.flatMap(({ selectionSet }) => collect(selectionSet?.selections ?? [], objectType, operation)),
  );
  if (selected === undefined) return INVALID;
  const byKey = Map.groupBy(selected, ({ name, alias }) => (alias ?? name).value);
  return [...byKey].flatMap(([key, same]) => {
    const [node] = same;
    if (node === undefined) return [];
    operation.fieldCount++;
    const name = node.name.value;
    const field = objectType.getFields()[name];
    if (field === undefined) return { name, key, args: {}, fields: [] };
    if (field.args.length > 0) noteVariables(node.arguments ?? [], operation);
    return {
      name,
      key,
      args: ifValid(() => getArgumentValues(field, node, operation.variableValues)),
      fields: subfields(getNamedType(field.type), same, operation),
    };
  });
}

/** The fields of a selection and of its fragments. @throws GraphQLError when a directive is invalid. */
function collect(
  selections: readonly SelectionNode[],
  type: GraphQLObjectType,
  operation: Operation,
): readonly FieldNode[] {
  return selections.flatMap((selection) => {
    if (!isIncluded(selection, operation)) return [];
    if (selection.kind === Kind.FIELD) return selection;
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : operation.fragments[selection.name.value];
    if (!fragmentApplies(fragment?.typeCondition, type, operation.schema)) return [];
    return collect(fragment?.selectionSet.selections ?? [], type, operation);
  });
}

/** Whether a fragment applies to the objects of a type. @param condition the type condition of the fragment. */
export function fragmentApplies(
  condition: NamedTypeNode | undefined,
  type: GraphQLObjectType,
  schema: GraphQLSchema,
): boolean {
  if (condition === undefined || condition.name.value === type.name) return true;
  const conditionType = schema.getType(condition.name.value);
  return isAbstractType(conditionType) && schema.isSubType(conditionType, type);
}

function isIncluded(selection: SelectionNode, operation: Operation): boolean {
  const { directives = [] } = selection;
  if (directives.length === 0) return true;
  noteVariables(directives, operation);
  const { variableValues } = operation;
  return (
    getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.if !== false
  );
}

/** The result of `read`; undefined: it throws the error that graphql-js reports when it executes the field. */
function ifValid<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function noteVariables(nodes: readonly ASTNode[], operation: Operation): void {
  const Variable = () => {
    operation.dependsOnVariables = true;
    return BREAK;
  };
  for (const node of nodes) visit(node, { Variable });
}
