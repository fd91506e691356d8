import { resolve } from "node:path";
import { type AuthMode, authMode } from "./access/auth-setting.ts";
import type { OidcIssuer } from "./access/oidc/issuers.ts";
import type { DatabaseTimeouts } from "./database/timeouts.ts";
import { Environment, type LogLevel } from "./environment.ts";
import type { QueryLimits } from "./graphql/limits/query-limits.ts";
import type { HttpLimits } from "./http/limits/http-limits.ts";

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
  /** Whether connections to PostgreSQL prepare statements. */
  readonly databasePreparedStatements: boolean;
  /** How long requests that are running when the service is told to stop may take to end, in milliseconds. */
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  /** How much of the answers it has given the server keeps, in bytes; 0: nothing. */
  readonly cacheBytes: number;
  /** Whether requests need a token. */
  readonly auth: AuthMode;
  /** Whose JWTs are accepted beside API tokens. */
  readonly oidcIssuers: readonly OidcIssuer[];
  /** How often the server looks for jobs to seal, in milliseconds; 0: it does not seal. */
  readonly sealInterval: number;
  /** Where Prometheus may read the metrics; undefined: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** Where traces are sent; undefined: there are none. */
  readonly traces: TraceSettings | undefined;
  /** Whether the schema can be asked for, with the Sandbox. */
  readonly introspection: boolean;
  readonly queryLimits: QueryLimits;
  readonly httpLimits: HttpLimits;
  /** Origins whose pages may ask from a browser, beside our own. */
  readonly corsOrigins: readonly string[];
  /** Names and addresses of the server, beside loopback names and `host`, for requests without a token. */
  readonly allowedHosts: readonly string[];
  /** Whose X-Forwarded-* headers are believed: so many proxies in front, or those with these addresses. */
  readonly trustProxy: number | readonly string[] | undefined;
}

/** Where traces go, by OpenTelemetry's own variables. */
export interface TraceSettings {
  /** An OTLP/HTTP receiver, without /v1/traces. */
  readonly endpoint: string;
  /** The part of the traces that begin here, 0 to 1; one that begins elsewhere is kept if its beginner keeps it. */
  readonly share: number;
}

/** The environment cannot be used as it is. The message lists everything that is wrong with it. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws ConfigError listing every variable that cannot be used.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const { data, error } = Environment.safeParse(set);
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
    databasePreparedStatements: data.DATABASE_PREPARED_STATEMENTS === "on",
    shutdownGraceMs: data.SHUTDOWN_GRACE_S * 1_000,
    logLevel: data.LOG_LEVEL,
    cacheBytes: data.CACHE_MB * 1_048_576,
    metrics:
      data.METRICS_PORT === undefined ? undefined : { host: data.METRICS_HOST, port: data.METRICS_PORT },
    traces:
      data.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : { endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT, share: data.OTEL_TRACES_SAMPLER_ARG },
    sealInterval: data.SEAL_INTERVAL_SECONDS * 1_000,
    auth: data.AUTH ?? authMode(data.HOST, data.DATABASE_URL),
    oidcIssuers: data.OIDC_ISSUERS,
    introspection: data.INTROSPECTION === "on",
    queryLimits: {
      cost: data.QUERY_COST_LIMIT,
      depth: data.QUERY_DEPTH_LIMIT,
      aliases: data.QUERY_ALIAS_LIMIT,
      directives: data.QUERY_DIRECTIVE_LIMIT,
      tokens: data.QUERY_TOKEN_LIMIT,
    },
    httpLimits: {
      bodyBytes: data.BODY_LIMIT_MB * 1_048_576,
      queryBytes: data.QUERY_LIMIT_KB * 1_024,
      requestsPerSecond: data.RATE_LIMIT,
      running: data.RUNNING_LIMIT,
      requestTimeoutMs: data.REQUEST_TIMEOUT_S * 1_000,
      keepAliveMs: data.KEEP_ALIVE_S * 1_000,
    },
    corsOrigins: data.CORS_ORIGINS,
    allowedHosts: data.ALLOWED_HOSTS,
    trustProxy: proxiesIn(data.TRUST_PROXY),
  });
}

function proxiesIn([first, ...others]: readonly string[]): Config["trustProxy"] {
  if (first === undefined) return undefined;
  return others.length === 0 && /^\d$/.test(first) ? Number(first) : [first, ...others];
}

/** zod's own sentences begin with a capital; ours go on from the variable's name. */
function describe(message: string): string {
  return message.replace(/^Invalid option: expected one of /, "must be one of ");
}
