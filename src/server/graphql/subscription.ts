import { setTimeout as sleep } from "node:timers/promises";
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type VariableNode,
  visit,
} from "graphql";
import { visibilityKey } from "../../access/viewer.ts";
import type { Context } from "../../graphql/context.ts";
import type { EventBatch, JobStoredEvent, StreamContext } from "../../live/job-events.ts";

/** The URL of streams. */
export const STREAM_PATH = "/graphql/stream";

/** The context of a request to STREAM_PATH. */
export interface StreamRequestContext extends StreamContext {
  /** Creates the context of a batch of events: loaders must not outlive a batch. */
  readonly createContext: () => Context;
  /** Receives the subscription. (Apollo Server copies the context, so that a property would be lost.) */
  readonly onStart: (started: StartedSubscription) => void;
}

/** A subscription whose events can be sent. */
export interface StartedSubscription {
  readonly batches: AsyncIterable<EventBatch>;
  /**
   * The results of the events of a batch, as JSON without line breaks.
   * @throws Incomplete when the database does not answer for several seconds.
   */
  resultsOf(batch: EventBatch): Promise<readonly string[]>;
}

/** A subscription, as Apollo Server passes it to the executor. */
interface SubscriptionRequest extends Pick<ExecutionArgs, "schema" | "document" | "options"> {
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly queryHash: string;
  readonly context: StreamRequestContext;
}

/** Formats the errors of an event for the client. */
export type FormatErrors = (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[];

/** Whether the request is for STREAM_PATH. */
export function isStreamRequest(context: object): context is StreamRequestContext {
  return "jobEvents" in context;
}

/**
 * Rejects a subscription at /graphql, and any other operation at STREAM_PATH.
 * @throws GraphQLError that names the other URL.
 */
export function requireRightPath({ operation }: OperationDefinitionNode, context: Context): void {
  const isSubscription = operation === OperationTypeNode.SUBSCRIPTION;
  if (isSubscription === isStreamRequest(context)) return;
  const message = isSubscription
    ? `Send a subscription to ${STREAM_PATH} by POST: it answers with server-sent events (graphql-sse, distinct connections mode).`
    : `${STREAM_PATH} accepts subscriptions only: send the ${operation} to /graphql.`;
  throw new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 400 } } });
}

/**
 * Starts a subscription, and passes it to `context.onStart`.
 * @returns the errors of its arguments; otherwise an empty result, which is not sent.
 */
export async function startSubscription(
  request: SubscriptionRequest,
  formatErrors: FormatErrors,
): Promise<ExecutionResult> {
  const { context } = request;
  const source = await createSourceEventStream({ ...argsOf(request), contextValue: context });
  if (!(Symbol.asyncIterator in source)) return source;
  // graphql-js returns the iterable of the resolver (live/job-stored.graphql.ts) unchanged.
  const batches = source as AsyncIterable<EventBatch>;
  const key = keyOf(request);
  context.onStart({
    batches,
    resultsOf: (batch) => shared(batch, key, () => completeResults(batch, request, formatErrors)),
  });
  return { data: {} };
}

function argsOf({ schema, document, variables, operationName, options }: SubscriptionRequest): ExecutionArgs {
  return { schema, document, variableValues: variables, operationName, ...(options && { options }) };
}

/** The results by batch and subscription. */
const results = new WeakMap<EventBatch, Map<string, Promise<readonly string[]>>>();

/** Equal subscriptions of viewers with equal visibility share the results of a batch. */
function shared(
  batch: EventBatch,
  key: string,
  run: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const byKey = results.get(batch) ?? new Map<string, Promise<readonly string[]>>();
  results.set(batch, byKey);
  const known = byKey.get(key) ?? run();
  byKey.set(key, known);
  return known;
}

/** The subscriptions with an equal key have equal results for an event. */
function keyOf({
  queryHash,
  operationName,
  context,
  variables,
  operation,
  document,
}: SubscriptionRequest): string {
  const start = startVariable(operation);
  const uses: VariableNode[] = [];
  visit(document, {
    Variable: (node) => {
      if (node.name.value === start) uses.push(node);
    },
  });
  // Resumed streams differ in this variable, which no event depends on if it has its definition and one use.
  const others = Object.entries(variables).filter(([name]) => name !== start || uses.length > 2);
  return `${queryHash} ${operationName ?? ""} ${visibilityKey(context.viewer)} ${JSON.stringify(others)}`;
}

/** The variable with the cursor from which the stream resumes. */
function startVariable({ selectionSet: { selections } }: OperationDefinitionNode): string | undefined {
  const [field] = selections;
  if (field?.kind !== Kind.FIELD) return undefined;
  const after = field.arguments?.find(({ name }) => name.value === "after")?.value;
  return after?.kind === Kind.VARIABLE ? after.name.value : undefined;
}

/** The pause before events are executed again, and the number of attempts: a failover takes a few seconds. */
const RETRY_MS = 1_000;
const MOST_ATTEMPTS = 5;

/** The results of events lack data that the database did not give: if they were sent, the jobs would be missed. */
class Incomplete extends Error {
  override readonly name = "Incomplete";
}

async function completeResults(
  batch: EventBatch,
  request: SubscriptionRequest,
  formatErrors: FormatErrors,
): Promise<readonly string[]> {
  const { jobEvents } = request.context;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const found = await jobEvents.work.run(() => executeBatch(batch, request, formatErrors));
    if (found !== undefined) return found;
    await sleep(RETRY_MS, undefined, { ref: false });
  }
  throw new Incomplete("The database did not give the data of stored jobs, and the stream ends.");
}

/** undefined: the database did not answer. */
async function executeBatch(
  { events }: EventBatch,
  request: SubscriptionRequest,
  formatErrors: FormatErrors,
): Promise<readonly string[] | undefined> {
  const contextValue = request.context.createContext();
  // In one turn, so that the loaders read the parts of all jobs together.
  const executed = await Promise.all(
    events.map((rootValue: JobStoredEvent) => execute({ ...argsOf(request), contextValue, rootValue })),
  );
  const formatted = executed.map(({ data, errors }) => ({
    ...(errors && { errors: formatErrors(errors) }),
    data,
  }));
  const isIncomplete = formatted.some(({ errors }) =>
    errors?.some(({ extensions }) => extensions?.code === "SERVICE_UNAVAILABLE"),
  );
  return isIncomplete ? undefined : formatted.map((result) => JSON.stringify(result));
}
