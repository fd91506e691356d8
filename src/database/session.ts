import { parseConnectionString } from "./connection-string.ts";
import type { Database } from "./database.ts";
import { rows, sql } from "./sql.ts";

/**
 * The URL whose sessions start with these PostgreSQL settings. The settings need no extra statement. Other options of
 * the URL or of PGOPTIONS are kept.
 * @throws InvalidConnectionString when the URL is invalid.
 */
function withSettings(url: string, settings: Readonly<Record<string, string | number>>): string {
  const [address = "", query = ""] = url.split(/\?(.*)/s);
  const others = query.split("&").filter((pair) => pair !== "" && !pair.startsWith("options="));
  const options = parseConnectionString(url).options ?? process.env.PGOPTIONS ?? "";
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return `${address}?${[...others, `options=${encodeURIComponent([options, ...added].join(" ").trim())}`].join("&")}`;
}

/**
 * The role of a connection. The server's role may SELECT and INSERT. Retention's role may SELECT, and may DELETE whole
 * jobs within a purge. migrations/20261125-1-protect-estimates.ts creates the roles without a login.
 */
export type DatabaseRole = "results_storage_server" | "results_storage_retention";

/**
 * The URL whose connections start with the role.
 * @throws InvalidConnectionString when the URL is invalid.
 */
export function withRole(url: string, role: DatabaseRole): string {
  return withSettings(url, { role });
}

/** The database timeouts of the server, in milliseconds. */
export interface DatabaseTimeouts {
  /** For a connection, new or idle. */
  readonly connectMs: number;
  /** For a statement. */
  readonly statementMs: number;
  /** For a lock that another transaction holds. */
  readonly lockMs: number;
  /** For the next statement of an open transaction: a server that hangs must not hold locks. */
  readonly idleInTransactionMs: number;
}

/** The connection timeout of migrations and commands, in milliseconds. Their statements have no time limit. */
export const CONNECT_MS = 10_000;

/**
 * The margin of `silenceLimit`, in milliseconds. PostgreSQL enforces the timeouts, and ends a session long before this
 * margin has passed.
 */
const MARGIN_MS = 5_000;

/**
 * The URL whose sessions have the timeouts. PostgreSQL enforces the timeouts.
 * @throws InvalidConnectionString when the URL is invalid.
 */
export function withTimeouts(url: string, timeouts: DatabaseTimeouts): string {
  return withSettings(url, settingsOf(timeouts));
}

/**
 * Finds the timeouts that the session does not have, or that are longer than requested: a pooler drops the startup
 * options of a connection.
 * @returns the ALTER ROLE statements with which an administrator sets these timeouts for the login.
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

/**
 * The maximum time without data from PostgreSQL on a connection in use, in milliseconds. After this time, the
 * connection is lost: PostgreSQL or the network hangs.
 */
export function silenceLimit({ statementMs, idleInTransactionMs }: DatabaseTimeouts): number {
  return Math.max(statementMs, idleInTransactionMs) + MARGIN_MS;
}
