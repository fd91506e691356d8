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

/** A field that an operation asks for, so that nothing else is read, and what is below it is read along with it. */
export interface RequestedField {
  readonly name: string;
  /**
   * Its arguments, with their defaults.
   * @throws GraphQLError when one of them cannot be used.
   */
  arguments(): Readonly<Record<string, unknown>>;
  /** What is asked for below it. */
  fields(): readonly RequestedField[];
}

type Operation = Pick<GraphQLResolveInfo, "fragments" | "variableValues">;

/** Found once for the rows of a list, each of which is asked for the same. */
const found = new WeakMap<
  GraphQLResolveInfo["fieldNodes"],
  { readonly variables: Variables; readonly fields: readonly RequestedField[] }
>();

type Variables = GraphQLResolveInfo["variableValues"];

/**
 * The fields that an operation asks for below the one that is being resolved. One behind @skip or @include counts as
 * asked for.
 */
export function requestedFields(info: GraphQLResolveInfo): readonly RequestedField[] {
  const { fieldNodes, variableValues: variables } = info;
  const known = found.get(fieldNodes);
  if (known?.variables === variables) return known.fields;
  const fields = fieldsBelow(getNamedType(info.returnType), fieldNodes, info);
  found.set(fieldNodes, { variables, fields });
  return fields;
}

/** Those that it asks of a connection's rows, under `nodes` and under `edges { node }`. */
export function requestedOfRows(fields: readonly RequestedField[]): readonly RequestedField[] {
  return [...below(fields, "nodes"), ...below(below(fields, "edges"), "node")];
}

/** The names of the fields. */
export function namesOf(fields: readonly RequestedField[]): ReadonlySet<string> {
  return new Set(fields.map(({ name }) => name));
}

function below(fields: readonly RequestedField[], name: string): RequestedField[] {
  return fields.filter((field) => field.name === name).flatMap((field) => field.fields());
}

function fieldsBelow(
  type: GraphQLNamedType,
  nodes: readonly FieldNode[],
  operation: Operation,
): readonly RequestedField[] {
  if (!isObjectType(type)) return [];
  const selected = nodes.flatMap(({ selectionSet }) => nodesIn(selectionSet, operation));
  const byKey = Map.groupBy(selected, ({ name, alias }) => (alias ?? name).value);
  return [...byKey.values()].flatMap((merged) => {
    const [node] = merged;
    const field = node && type.getFields()[node.name.value];
    if (node === undefined || field === undefined) return [];
    return {
      name: field.name,
      arguments: () => getArgumentValues(field, node, operation.variableValues),
      fields: () => fieldsBelow(getNamedType(field.type), merged, operation),
    };
  });
}

function nodesIn(set: SelectionSetNode | undefined, { fragments, ...rest }: Operation): FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
    return nodesIn(inner?.selectionSet, { fragments, ...rest });
  });
}
