import type { Logger } from "pino";
import {
  type Outcome,
  outcomeOf,
  type RequestEnd,
  type RequestObserver,
  type ServedRequest,
} from "./served-request.ts";

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
