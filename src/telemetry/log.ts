import { subscribe } from "node:diagnostics_channel";
import { type Logger, pino } from "pino";
import type { Config } from "../config.ts";
import { STATEMENT_CHANNEL } from "../database/statement-log.ts";

/** The server's log: JSON lines on standard error, so that standard output stays for people. */
export function createLog({ logLevel }: Pick<Config, "logLevel">): Logger {
  const log = pino({ level: logLevel, base: null }, pino.destination({ fd: 2, sync: false }));
  if (log.isLevelEnabled("trace")) {
    subscribe(STATEMENT_CHANNEL, (statement) => log.trace(statement, "statement"));
  }
  return log;
}
