import { parseConnectionString } from "./connection-string.ts";
import type { Database } from "./database.ts";
import { rows, sql } from "./sql.ts";

/**
 * The URL whose sessions begin with these settings of PostgreSQL, which costs no statement. What the URL or PGOPTIONS
 * ask for beside that is kept.
 */
export function withSettings(url: string, settings: Readonly<Record<string, string | number>>): string {
  const [address = "", query = ""] = url.split(/\?(.*)/s);
  const others = query.split("&").filter((pair) => pair !== "" && !pair.startsWith("options="));
  const options = parseConnectionString(url).options ?? process.env.PGOPTIONS ?? "";
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return `${address}?${[...others, `options=${encodeURIComponent([options, ...added].join(" ").trim())}`].join("&")}`;
}

/**
 * What a connection may do. The server's may SELECT and INSERT; retention's may SELECT, and DELETE whole jobs
 * within a purge. Made by migrations/20261125-1-protect-estimates.ts, without a login of their own.
 */
export type DatabaseRole = "results_storage_server" | "results_storage_retention";

/** The URL whose connections take the role as they start. */
export function withRole(url: string, role: DatabaseRole): string {
  return withSettings(url, { role });
}

/** How long the server waits for its database, in milliseconds. */
export interface DatabaseTimeouts {
  /** For a connection: a new one, or one that is free. */
  readonly connectMs: number;
  /** For a statement. */
  readonly statementMs: number;
  /** For a lock that another transaction holds. */
  readonly lockMs: number;
  /** For the next statement of a transaction that is open: a server that hangs must not hold locks. */
  readonly idleInTransactionMs: number;
}

/** What connections wait that are nobody's request: migrations and commands take as long as they take. */
export const CONNECT_MS = 10_000;

/** PostgreSQL keeps the timeouts itself, so its own end comes long before this. */
const MARGIN_MS = 5_000;

/** The URL whose sessions PostgreSQL holds to the timeouts. */
export function withTimeouts(url: string, timeouts: DatabaseTimeouts): string {
  return withSettings(url, settingsOf(timeouts));
}

/**
 * The statements by which an administrator gives the login the timeouts that its sessions do not have, or have longer:
 * a pooler drops what a connection asks for at its start.
 */
export async function missingTimeouts(db: Database, timeouts: DatabaseTimeouts): Promise<string[]> {
  const settings = settingsOf(timeouts);
  const missing = await rows(
    db,
    { name: "database.timeouts" },
    sql<{ statement: string }>`
    select format('alter role %I set %I = %L', session_user, name, ms || 'ms') as statement
    from unnest(${Object.keys(settings)}::text[], ${Object.values(settings)}::int[]) as wanted (name, ms)
    join pg_settings using (name)
    where setting::bigint not between 1 and ms
    order by name`,
  );
  return missing.map(({ statement }) => statement);
}

function settingsOf({ statementMs, lockMs, idleInTransactionMs }: DatabaseTimeouts) {
  return {
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  };
}

/** After so long without a word, a connection in use is not coming back: PostgreSQL hangs, or the network does. */
export function silenceLimit({ statementMs, idleInTransactionMs }: DatabaseTimeouts): number {
  return Math.max(statementMs, idleInTransactionMs) + MARGIN_MS;
}
