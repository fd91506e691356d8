import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import {
  type ASTVisitor,
  BREAK,
  type DocumentNode,
  defaultFieldResolver,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { completeJson, NotWritable } from "../../database/json-text.ts";
import type { Context } from "../../graphql/context.ts";
import { requestedFields, WRITTEN_TYPE } from "../../graphql/requested-fields.ts";
import { type SelectedJob, type TextColumn, textColumnOf } from "../../jobs/job-columns.sql.ts";
import { WRITABLE_FIELDS } from "../../jobs/job-fields.sql.ts";
import { BadUserInput } from "../../lib/errors.ts";
import type { ExecutionCounts } from "../../telemetry/metrics.ts";
import { createExecuteWithReaders } from "./input-readers.ts";
import { JsonLeaf, markLeaves } from "./result.ts";

/** The root fields that read jobs. */
const ROOT_FIELDS: ReadonlySet<string> = new Set(["job", "jobs"]);

type Field = GraphQLFieldConfig<unknown, Context>;

/** The execution of operations, and the number of operations that each way has served. */
interface Execution {
  readonly gateway: ApolloServerOptionsWithGateway<Context>["gateway"];
  counts(): ExecutionCounts;
}

/**
 * Executes operations. If a query reads jobs only, and only fields that PostgreSQL can write, jobs are leaves: graphql-js
 * executes the fields above them, and copies the text of PostgreSQL instead of completing each value below them. All
 * other operations are executed with the whole schema.
 *
 * Apollo Server calls the executor of a gateway instead of its own; parsing, validation and the format of errors are the
 * same.
 */
export function createExecution(schema: GraphQLSchema, options: ExecutionArgs["options"]): Execution {
  const writtenSchema = schemaOfWrittenJobs(schema);
  const executeWithReaders = createExecuteWithReaders(schema);
  const counts = { postgresql: 0, server: 0 };

  async function run(args: Omit<ExecutionArgs, "schema">, isWritable: boolean): Promise<ExecutionResult> {
    if (isWritable) {
      const written = await execute({ ...args, schema: writtenSchema });
      if (!written.errors?.some(isErrorBelowJob)) {
        counts.postgresql++;
        markLeaves(written);
        return written;
      }
    }
    counts.server++;
    return executeWithReaders(args);
  }

  return {
    counts: () => counts,
    gateway: {
      onSchemaLoadOrUpdate: (callback) => {
        callback({ apiSchema: schema, coreSupergraphSdl: "" });
        return () => undefined;
      },
      load: async () => ({
        executor: ({ document, operation, request, context }) =>
          run(
            {
              document,
              contextValue: context,
              variableValues: request.variables ?? null,
              operationName: request.operationName ?? null,
              ...(options && { options }),
            },
            isWritable(schema, document, operation),
          ),
      }),
      stop: async () => undefined,
    },
  };
}

/** Whether the error may belong to a field below a job: the whole schema reports it with the path of the field. */
function isErrorBelowJob({ originalError }: GraphQLError): boolean {
  return originalError instanceof NotWritable || originalError instanceof BadUserInput;
}

/** A schema with the root fields of jobs, in which jobs are leaves. It is not for validation. */
function schemaOfWrittenJobs(schema: GraphQLSchema): GraphQLSchema {
  const query = schema.getQueryType();
  const job = schema.getType("Job");
  const leaf = new GraphQLScalarType({ name: "Job", extensions: { [WRITTEN_TYPE]: job } });

  function replace(type: GraphQLOutputType): GraphQLOutputType {
    if (isNonNullType(type)) return new GraphQLNonNull(replace(type.ofType));
    // The text of a list is one leaf.
    if (getNamedType(type) === job) return leaf;
    if (isListType(type)) return new GraphQLList(replace(type.ofType));
    return isObjectType(type) ? objectOf(type) : type;
  }

  function objectOf(type: GraphQLObjectType): GraphQLObjectType {
    const config = type.toConfig();
    const fields = Object.entries(config.fields)
      .filter(([name]) => type !== query || ROOT_FIELDS.has(name))
      .map(([name, field]) => {
        const written = getNamedType(field.type) === job ? leafField(field) : field;
        return [name, { ...written, type: replace(field.type) }];
      });
    return new GraphQLObjectType({ ...config, fields: Object.fromEntries(fields) });
  }

  // Variables may have types that only fields below a leaf use.
  const types = Object.values(schema.getTypeMap()).filter(isInputType);
  return new GraphQLSchema({ query: query && objectOf(query), types, assumeValid: true });
}

/** The field with the text of its selection instead of rows. */
function leafField({ resolve = defaultFieldResolver, ...field }: Field): Field {
  return {
    ...field,
    resolve: (source, args, context, info) => {
      const column = textColumnOf(requestedFields(info));
      // graphql-js has no types for results; the resolvers of jobs return jobs.
      const jobs = resolve(source, args, context, info) as Jobs | Promise<Jobs>;
      return jobs instanceof Promise ? jobs.then((read) => leafOf(read, column)) : leafOf(jobs, column);
    },
  };
}

/** A job or a list of jobs that were read as texts; null: the job does not exist. */
type Jobs = SelectedJob | readonly SelectedJob[] | null;

function leafOf(jobs: Jobs, column: TextColumn): JsonLeaf | null {
  if (jobs === null) return null;
  const textOf = (job: SelectedJob) => completeJson(job[column] ?? "null");
  return new JsonLeaf("id" in jobs ? textOf(jobs) : `[${jobs.map(textOf).join()}]`);
}

/** The decisions about operations of cached documents. */
const decisions = new WeakMap<OperationDefinitionNode, boolean>();

/**
 * Whether the operation reads jobs only, with fields that PostgreSQL can write. The fragments of other operations of the
 * document count too. The schema with leaves has no interface, so that a fragment on one needs the whole schema.
 */
function isWritable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode | undefined,
): boolean {
  // Apollo Server executes a document without the named operation, for the error.
  if (operation === undefined) return false;
  const decided = decisions.get(operation);
  if (decided !== undefined) return decided;
  const types = new TypeInfo(schema);
  let decision = operation.operation === OperationTypeNode.QUERY;
  const visitor: ASTVisitor = {
    OperationDefinition: (node) => (node === operation ? undefined : false),
    SelectionSet: () => {
      if (isAbstractType(types.getParentType())) decision = false;
      return decision ? undefined : BREAK;
    },
    Field: ({ name: { value } }) => {
      const type = types.getParentType();
      const writable = type === schema.getQueryType() ? ROOT_FIELDS : WRITABLE_FIELDS.get(type?.name ?? "");
      if (value !== "__typename" && writable?.has(value) === false) decision = false;
      return decision ? undefined : BREAK;
    },
  };
  visit(document, visitWithTypeInfo(types, visitor));
  decisions.set(operation, decision);
  return decision;
}
