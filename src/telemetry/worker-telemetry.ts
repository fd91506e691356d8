import type { StoredEstimateEvent } from "../lib/events.ts";
import {
  currentRequest,
  type EndedStatement,
  estimateStored,
  type ObservedRequest,
  type Operation,
  operationEnded,
  operationStarted,
  recordErrorCode,
  runInRequest,
  statementEnded,
} from "./current-request.ts";

/** The telemetry of a request in another thread, as a message between threads. */
export interface WorkerTelemetry {
  /** The thread's performance.timeOrigin. */
  readonly timeOrigin: number;
  readonly events: readonly RequestEvent[];
  readonly errorCodes: readonly string[];
  readonly serverErrors: readonly ErrorRecord[];
}

/** An event of a RequestObserver. Times are by the thread's performance.now(). */
type RequestEvent =
  | { readonly kind: "operationStarted"; readonly operation: Operation; readonly at: number }
  | { readonly kind: "operationEnded"; readonly at: number }
  | { readonly kind: "statementEnded"; readonly statement: EndedStatement }
  | { readonly kind: "estimateStored"; readonly estimate: StoredEstimateEvent };

/** Runs a function for a request of another thread, and returns its telemetry with the result. */
export async function recordTelemetry<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; seen: WorkerTelemetry }> {
  const events: RequestEvent[] = [];
  const request: ObservedRequest = {
    id: "",
    method: "",
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    serverErrors: new Set(),
    observers: [
      {
        operationStarted: ({ operation }, at) =>
          operation && events.push({ kind: "operationStarted", operation, at }),
        operationEnded: (_, at) => events.push({ kind: "operationEnded", at }),
        statementEnded: (_, statement) => events.push({ kind: "statementEnded", statement }),
        estimateStored: (estimate) => events.push({ kind: "estimateStored", estimate }),
        requestEnded: () => {},
      },
    ],
  };
  const result = await runInRequest(request, run);
  const seen = {
    timeOrigin: performance.timeOrigin,
    events,
    errorCodes: [...request.errorCodes],
    serverErrors: [...request.serverErrors].map((error) => errorRecord(error)),
  };
  return { result, seen };
}

/** Sends the telemetry of another thread to the observers of the current request. */
export function replay({ timeOrigin, events, errorCodes, serverErrors }: WorkerTelemetry): void {
  const offset = timeOrigin - performance.timeOrigin;
  for (const event of events) replayEvent(event, offset);
  for (const code of errorCodes) recordErrorCode(code);
  for (const error of serverErrors) currentRequest()?.serverErrors.add(errorOfRecord(error));
}

/** @param offset this thread's performance.now() minus the other's, in milliseconds. */
function replayEvent(event: RequestEvent, offset: number): void {
  switch (event.kind) {
    case "operationStarted":
      operationStarted(event.operation, event.at + offset);
      break;
    case "operationEnded":
      operationEnded(event.at + offset);
      break;
    case "statementEnded":
      statementEnded(shift(event.statement, offset));
      break;
    case "estimateStored":
      estimateStored(event.estimate);
  }
}

function shift(statement: EndedStatement, ms: number): EndedStatement {
  return { ...statement, startedAt: statement.startedAt + ms, endedAt: statement.endedAt + ms };
}

/** The logged fields of a PostgreSQL error; detail, where and hint quote values. */
const DATABASE_FIELDS = [
  "code",
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
  "routine",
  "position",
];

/** PostgreSQL's data exceptions: the message quotes a value (invalid input syntax for type uuid: "..."). */
const QUOTES_VALUE = /^22/;

const MAX_CAUSE_DEPTH = 5;

/** An error as data, for the log and for messages between threads. */
export interface ErrorRecord {
  readonly type: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly cause?: ErrorRecord;
  readonly errors?: readonly ErrorRecord[];
  /** The fields of a PostgreSQL error: code, table, constraint, ... */
  readonly [field: string]: unknown;
}

/** An error as data: complete, except for the parts that may quote a value of a request. */
export function errorRecord(error: unknown, depth = 0): ErrorRecord {
  if (!(error instanceof Error)) return { type: typeof error };
  const fields = Object.fromEntries(
    DATABASE_FIELDS.flatMap((name) => {
      const value: unknown = Reflect.get(error, name);
      return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
    }),
  );
  const message = QUOTES_VALUE.test(String(fields.code)) ? hideQuoted(error.message) : error.message;
  return {
    type: error.name,
    message,
    stack: error.stack?.replace(error.message, () => message),
    ...fields,
    ...(error instanceof AggregateError && {
      errors: error.errors.map((inner) => errorRecord(inner, depth + 1)),
    }),
    ...(error.cause !== undefined &&
      depth < MAX_CAUSE_DEPTH && { cause: errorRecord(error.cause, depth + 1) }),
  };
}

/** The error of a record, for the log of another thread. */
export function errorOfRecord({ type, message, stack, cause, errors, ...fields }: ErrorRecord): Error {
  const options = cause === undefined ? {} : { cause: errorOfRecord(cause) };
  const error =
    errors === undefined
      ? new Error(message, options)
      : new AggregateError(errors.map(errorOfRecord), message, options);
  return Object.assign(error, fields, { name: type, stack });
}

/** From the first to the last quotation mark: the value may contain quotation marks. */
function hideQuoted(message: string): string {
  return message.replace(/".*"/s, '"..."');
}
