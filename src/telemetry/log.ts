import { subscribe } from "node:diagnostics_channel";
import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "../config.ts";
import { type RunningStatement, STATEMENT_CHANNEL } from "../database/statement-log.ts";
import { faultRecord } from "./fault-record.ts";

/**
 * Lines are written 4 KiB at a time, or ten times a second, by a thread: a write each would cost more than the line, and
 * one that waits for its reader would stop the service. A reader that has stopped loses what is beyond 16 MiB.
 */
const DESTINATION = { fd: 2, sync: false, minLength: 4_096, periodicFlush: 100, maxLength: 16 * 1_048_576 };

/** The server's log: JSON lines on standard error, so that standard output stays for people. */
export function createLog(
  { logLevel }: Pick<Config, "logLevel">,
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
