import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** A field that an operation requests. Only requested columns are read, and subfields are read in the same query. */
export interface RequestedField {
  readonly name: string;
  /**
   * The arguments with their defaults.
   * @throws GraphQLError when an argument is invalid.
   */
  arguments(): Readonly<Record<string, unknown>>;
  /** The requested subfields. */
  fields(): readonly RequestedField[];
}

type Operation = Pick<GraphQLResolveInfo, "fragments" | "variableValues">;

/** Computed once for all rows of a list, which have the same selection. */
const requestedFieldsCache = new WeakMap<
  GraphQLResolveInfo["fieldNodes"],
  { readonly variables: Variables; readonly fields: readonly RequestedField[] }
>();

type Variables = GraphQLResolveInfo["variableValues"];

/** The requested subfields of the field that is being resolved. A field with @skip or @include counts as requested. */
export function requestedFields(info: GraphQLResolveInfo): readonly RequestedField[] {
  const { fieldNodes, variableValues: variables } = info;
  const cached = requestedFieldsCache.get(fieldNodes);
  if (cached?.variables === variables) return cached.fields;
  const fields = subfields(getNamedType(info.returnType), fieldNodes, info);
  requestedFieldsCache.set(fieldNodes, { variables, fields });
  return fields;
}

/** The fields of the rows of a connection, under `nodes` and under `edges { node }`. */
export function requestedRowFields(fields: readonly RequestedField[]): readonly RequestedField[] {
  return [...childrenNamed(fields, "nodes"), ...childrenNamed(childrenNamed(fields, "edges"), "node")];
}

export function fieldNames(fields: readonly RequestedField[]): ReadonlySet<string> {
  return new Set(fields.map(({ name }) => name));
}

function childrenNamed(fields: readonly RequestedField[], name: string): RequestedField[] {
  return fields.filter((field) => field.name === name).flatMap((field) => field.fields());
}

function subfields(
  type: GraphQLNamedType,
  nodes: readonly FieldNode[],
  operation: Operation,
): readonly RequestedField[] {
  if (!isObjectType(type)) return [];
  const selected = nodes.flatMap(({ selectionSet }) => fieldNodesOf(selectionSet, operation));
  const byKey = Map.groupBy(selected, ({ name, alias }) => (alias ?? name).value);
  return [...byKey.values()].flatMap((merged) => {
    const [node] = merged;
    const field = node && type.getFields()[node.name.value];
    if (node === undefined || field === undefined) return [];
    return {
      name: field.name,
      arguments: () => getArgumentValues(field, node, operation.variableValues),
      fields: () => subfields(getNamedType(field.type), merged, operation),
    };
  });
}

function fieldNodesOf(set: SelectionSetNode | undefined, { fragments, ...rest }: Operation): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
    return fieldNodesOf(inner?.selectionSet, { fragments, ...rest });
  });
}
