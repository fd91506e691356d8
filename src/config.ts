import { resolve } from "node:path";
import { z } from "zod";
import type { DatabaseTimeouts } from "./database/timeouts.ts";

/** What the server runs with. Read once at start, from the environment; see the README's table. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** An existing PostgreSQL; undefined: the embedded one, with its data in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The same database as the owner of its tables, if `databaseUrl` is not; for migrations and retention. */
  readonly ownerDatabaseUrl: string | undefined;
  readonly dataDir: string;
  readonly databasePoolSize: number;
  readonly databaseTimeouts: DatabaseTimeouts;
  /** How long requests that are running when the service is told to stop may take to end, in milliseconds. */
  readonly shutdownGraceMs: number;
  readonly logLevel: z.infer<typeof LogLevel>;
  /** The largest request body, in bytes. */
  readonly bodyLimit: number;
}

/** The environment cannot be used as it is. The message lists everything that is wrong with it. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

const LogLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

const Environment = z.object({
  HOST: z
    .string()
    .regex(/^[^\s/]+$/, "must be a host name or an address to listen on")
    .default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(8007),
  DATABASE_URL: databaseUrl(),
  OWNER_DATABASE_URL: databaseUrl(),
  DATA_DIR: z.string().default("data"),
  DATABASE_POOL_SIZE: wholeNumber(2, 1_000).default(10),
  DATABASE_CONNECT_TIMEOUT_S: wholeNumber(1, 3_600).default(5),
  DATABASE_STATEMENT_TIMEOUT_S: wholeNumber(1, 3_600).default(30),
  DATABASE_LOCK_TIMEOUT_S: wholeNumber(1, 3_600).default(10),
  DATABASE_IDLE_TIMEOUT_S: wholeNumber(1, 3_600).default(30),
  SHUTDOWN_GRACE_S: wholeNumber(0, 3_600).default(10),
  LOG_LEVEL: LogLevel.default("info"),
  BODY_LIMIT_MB: wholeNumber(1, 1_024).default(128),
});

const ConsistentEnvironment = Environment.refine(
  ({ DATABASE_URL, OWNER_DATABASE_URL }) => OWNER_DATABASE_URL === undefined || DATABASE_URL !== undefined,
  {
    path: ["OWNER_DATABASE_URL"],
    error: "must stand beside DATABASE_URL: the embedded PostgreSQL has no other owner",
  },
);

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws ConfigError listing every variable that cannot be used.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const { data, error } = ConsistentEnvironment.safeParse(set);
  if (error)
    throw new ConfigError(error.issues.map((issue) => `${issue.path.join(".")} ${describe(issue.message)}`));
  return Object.freeze({
    host: data.HOST,
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    ownerDatabaseUrl: data.OWNER_DATABASE_URL,
    dataDir: resolve(data.DATA_DIR),
    databasePoolSize: data.DATABASE_POOL_SIZE,
    databaseTimeouts: {
      connectMs: data.DATABASE_CONNECT_TIMEOUT_S * 1_000,
      statementMs: data.DATABASE_STATEMENT_TIMEOUT_S * 1_000,
      lockMs: data.DATABASE_LOCK_TIMEOUT_S * 1_000,
      idleInTransactionMs: data.DATABASE_IDLE_TIMEOUT_S * 1_000,
    },
    shutdownGraceMs: data.SHUTDOWN_GRACE_S * 1_000,
    logLevel: data.LOG_LEVEL,
    bodyLimit: data.BODY_LIMIT_MB * 1_048_576,
  });
}

function databaseUrl() {
  return z
    .string()
    .refine(isDatabaseUrl, "must be a URL such as postgresql://user:password@host:5432/database")
    .optional();
}

function isDatabaseUrl(url: string): boolean {
  // A stray "%" is no trouble for a URL, but for what takes it apart.
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url) && !/%(?![0-9a-f]{2})/i.test(url);
}

function wholeNumber(minimum: number, maximum: number) {
  return z
    .string()
    .refine(
      (text) => /^\d{1,9}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      `must be a whole number from ${minimum} to ${maximum}`,
    )
    .transform(Number);
}

/** zod's own sentences begin with a capital; ours go on from the variable's name. */
function describe(message: string): string {
  return message.replace(/^Invalid option: expected one of /, "must be one of ");
}
