import { subscribe } from "node:diagnostics_channel";
import { type DestinationStream, type Logger, pino } from "pino";
import { type RunningStatement, STATEMENT_CHANNEL } from "../lib/events.ts";
import {
  type Outcome,
  outcomeOf,
  type RequestEnd,
  type RequestObserver,
  type ServedRequest,
} from "./current-request.ts";
import { errorRecord } from "./worker-telemetry.ts";

/**
 * A thread writes the lines in blocks of 4 KiB, or ten times a second: a write for each line would cost more than the
 * line, and a blocked write would stop the service. Lines beyond 16 MiB of a blocked reader are dropped.
 */
const DESTINATION = { fd: 2, sync: false, minLength: 4_096, periodicFlush: 100, maxLength: 16 * 1_048_576 };

/** The levels of the log, from the most verbose to none. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log of the server: JSON lines on standard error; standard output is for people. */
export function createLog(
  { logLevel }: { readonly logLevel: LogLevel },
  destination: DestinationStream = pino.destination(DESTINATION),
): Logger {
  const log = pino(
    {
      level: logLevel,
      base: null,
      serializers: {
        err: errorRecord,
        moreErrs: (errors: unknown[]) => errors.map((error) => errorRecord(error)),
      },
    },
    destination,
  );
  if (log.isLevelEnabled("trace")) {
    subscribe(STATEMENT_CHANNEL, (message) =>
      log.trace({ sql: (message as RunningStatement).sql }, "statement"),
    );
  }
  return log;
}

const LEVELS = { ok: "info", refused: "warn", failed: "error" } as const satisfies Record<Outcome, string>;

/** Probes come every few seconds; only their failures are of interest. */
const PROBE_ROUTE = /^\/health\//;

/** More errors of one request have the same cause. */
const MAX_LOGGED_ERRORS = 5;

/** Writes one line for each request: info when it succeeded, warn when it was refused, error when the server failed. */
export function requestLog(log: Logger): RequestObserver {
  return {
    requestEnded(request, end) {
      const outcome = outcomeOf(request, end);
      const level = outcome === "ok" && PROBE_ROUTE.test(request.route ?? "") ? "debug" : LEVELS[outcome];
      if (log.isLevelEnabled(level)) log[level](line(request, end), "request");
    },
  };
}

function line(request: ServedRequest, { status, durationMs, bytesIn, bytesOut, aborted }: RequestEnd) {
  const [error, ...more] = [...request.serverErrors].slice(0, MAX_LOGGED_ERRORS);
  return {
    requestId: request.id,
    traceId: request.traceId,
    method: request.method,
    route: request.route,
    operation: request.operation?.name,
    kind: request.operation?.kind,
    token: request.caller,
    cache: request.cache,
    status,
    durationMs: Math.round(durationMs * 100) / 100,
    statements: request.statements,
    rows: request.rows,
    bytesIn,
    bytesOut,
    ...(aborted && { aborted }),
    ...(request.errorCodes.size > 0 && { errors: [...request.errorCodes] }),
    ...(error !== undefined && { err: error }),
    ...(more.length > 0 && { moreErrs: more }),
  };
}
