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
