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
import { faultRecord } from "./relay.ts";

/**
 * Lines are written 4 KiB at a time, or ten times a second, by a thread: a write each would cost more than the line, and
 * one that waits for its reader would stop the service. A reader that has stopped loses what is beyond 16 MiB.
 */
const DESTINATION = { fd: 2, sync: false, minLength: 4_096, periodicFlush: 100, maxLength: 16 * 1_048_576 };

/** The levels of the log, from the most lines to none. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** The least severe level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The server's log: JSON lines on standard error, so that standard output stays for people. */
export function createLog(
  { logLevel }: { readonly logLevel: LogLevel },
  destination: DestinationStream = pino.destination(DESTINATION),
): Logger {
  const log = pino(
    {
      level: logLevel,
      base: null,
      serializers: {
        err: faultRecord,
        moreErrs: (faults: unknown[]) => faults.map((one) => faultRecord(one)),
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

/** Probes ask every few seconds; their lines are wanted only when something is wrong. */
const PROBED = /^\/health\//;

/** Errors of a request that are written out; more are of one cause. */
const FAULTS_IN_LINE = 5;

/** Writes one line for each request: info when it was served, warn when it was refused, error when we failed. */
export function requestLog(log: Logger): RequestObserver {
  return {
    requestEnded(request, end) {
      const outcome = outcomeOf(request, end);
      const level = outcome === "ok" && PROBED.test(request.route ?? "") ? "debug" : LEVELS[outcome];
      if (log.isLevelEnabled(level)) log[level](line(request, end), "request");
    },
  };
}

function line(request: ServedRequest, { status, durationMs, bytesIn, bytesOut, aborted }: RequestEnd) {
  const [fault, ...more] = [...request.faults].slice(0, FAULTS_IN_LINE);
  return {
    requestId: request.id,
    traceId: request.traceId,
    method: request.method,
    route: request.route,
    operation: request.operation?.name,
    kind: request.operation?.kind,
    token: request.caller,
    status,
    durationMs: Math.round(durationMs * 100) / 100,
    statements: request.statements,
    rows: request.rows,
    bytesIn,
    bytesOut,
    ...(aborted && { aborted }),
    ...(request.errorCodes.size > 0 && { errors: [...request.errorCodes] }),
    ...(fault !== undefined && { err: fault }),
    ...(more.length > 0 && { moreErrs: more }),
  };
}
