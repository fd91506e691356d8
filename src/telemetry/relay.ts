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
  runFor,
  statementEnded,
} from "./current-request.ts";

/** What observers are told of a request while it is served. Times are by the thread's performance.now(). */
type SeenEvent =
  | { readonly kind: "operationStarted"; readonly operation: Operation; readonly at: number }
  | { readonly kind: "operationEnded"; readonly at: number }
  | { readonly kind: "statementEnded"; readonly statement: EndedStatement }
  | { readonly kind: "estimateStored"; readonly estimate: StoredEstimateEvent };

/** What was seen of a request in another thread, in a form that goes from thread to thread. */
export interface WorkerTelemetry {
  /** The thread's performance.timeOrigin. */
  readonly timeOrigin: number;
  readonly events: readonly SeenEvent[];
  readonly errorCodes: readonly string[];
  readonly faults: readonly FaultRecord[];
}

/** Runs something for a request that another thread serves, and tells what was seen of it. */
export async function recordTelemetry<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; seen: WorkerTelemetry }> {
  const events: SeenEvent[] = [];
  const request: ObservedRequest = {
    id: "",
    method: "",
    startedAt: performance.now(),
    statements: 0,
    rows: 0,
    errorCodes: new Set(),
    faults: new Set(),
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
  const result = await runFor(request, run);
  const seen = {
    timeOrigin: performance.timeOrigin,
    events,
    errorCodes: [...request.errorCodes],
    faults: [...request.faults].map((fault) => faultRecord(fault)),
  };
  return { result, seen };
}

/** Tells the observers of the current request what another thread has seen of it. */
export function replay({ timeOrigin, events, errorCodes, faults }: WorkerTelemetry): void {
  const ahead = timeOrigin - performance.timeOrigin;
  for (const event of events) repeat(event, ahead);
  for (const code of errorCodes) recordErrorCode(code);
  for (const fault of faults) currentRequest()?.faults.add(faultOf(fault));
}

/** @param ahead by how much this thread's performance.now() is more than the other's, in milliseconds. */
function repeat(event: SeenEvent, ahead: number): void {
  switch (event.kind) {
    case "operationStarted":
      operationStarted(event.operation, event.at + ahead);
      break;
    case "operationEnded":
      operationEnded(event.at + ahead);
      break;
    case "statementEnded":
      statementEnded(later(event.statement, ahead));
      break;
    case "estimateStored":
      estimateStored(event.estimate);
  }
}

function later(statement: EndedStatement, ms: number): EndedStatement {
  return { ...statement, startedAt: statement.startedAt + ms, endedAt: statement.endedAt + ms };
}

/** What is kept of an error of PostgreSQL beside its message. Not its detail, where and hint: they quote values. */
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

/** PostgreSQL's data exceptions, whose message quotes the value: invalid input syntax for type uuid: "...". */
const QUOTES_VALUE = /^22/;

/** Causes of causes that are followed. */
const DEEPEST_CAUSE = 5;

/** A fault as the log has it, and as it goes from thread to thread. */
export interface FaultRecord {
  readonly type: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly cause?: FaultRecord;
  readonly errors?: readonly FaultRecord[];
  /** Of an error of PostgreSQL: code, table, constraint and the like. */
  readonly [field: string]: unknown;
}

/** An error as the log has it: in full, but for the places where a value of a request can stand. */
export function faultRecord(fault: unknown, depth = 0): FaultRecord {
  if (!(fault instanceof Error)) return { type: typeof fault };
  const fields = Object.fromEntries(
    DATABASE_FIELDS.flatMap((name) => {
      const value: unknown = Reflect.get(fault, name);
      return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
    }),
  );
  const message = QUOTES_VALUE.test(String(fields.code)) ? hideQuoted(fault.message) : fault.message;
  return {
    type: fault.name,
    message,
    stack: fault.stack?.replace(fault.message, () => message),
    ...fields,
    ...(fault instanceof AggregateError && {
      errors: fault.errors.map((one) => faultRecord(one, depth + 1)),
    }),
    ...(fault.cause !== undefined && depth < DEEPEST_CAUSE && { cause: faultRecord(fault.cause, depth + 1) }),
  };
}

/** The error that a record tells of, for a log that has to tell of it once more. */
export function faultOf({ type, message, stack, cause, errors, ...fields }: FaultRecord): Error {
  const options = cause === undefined ? {} : { cause: faultOf(cause) };
  const fault =
    errors === undefined
      ? new Error(message, options)
      : new AggregateError(errors.map(faultOf), message, options);
  return Object.assign(fault, fields, { name: type, stack });
}

/** From the first quotation mark to the last: the value may hold some itself. */
function hideQuoted(message: string): string {
  return message.replace(/".*"/s, '"..."');
}
