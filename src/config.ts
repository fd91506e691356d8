import { readFileSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";
import { resolve } from "node:path";
import * as z from "zod";
import type { AuthMode } from "./access/authenticator.ts";
import { isLoopback } from "./access/loopback.ts";
import { type OidcIssuer, OidcIssuers } from "./access/oidc-issuers.ts";
import { parseConnectionString } from "./database/connection-string.ts";
import type { DatabaseTimeouts } from "./database/session.ts";
import { ConfigError, errorMessage, pathText } from "./lib/errors.ts";
import { canonicalHost, isUnspecifiedAddress } from "./server/accepted-hosts.ts";
import type { QueryLimits } from "./server/graphql/query-shape.ts";
import type { HttpLimits } from "./server/limits.ts";
import type { StreamLimits } from "./server/live-stream.ts";
import { LOG_LEVELS, type LogLevel } from "./telemetry/log.ts";
import type { TraceSettings } from "./telemetry/traces.ts";

/** The configuration of the server, read from the environment at start; docs/configuration.md describes the variables. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** undefined: the embedded PostgreSQL, with its data in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The URL of the same database with the owner of its tables as the user; for migrations and retention. */
  readonly ownerDatabaseUrl: string | undefined;
  readonly dataDir: string;
  readonly databasePoolSize: number;
  readonly databaseTimeouts: DatabaseTimeouts;
  /** Whether connections to PostgreSQL prepare statements. */
  readonly databasePreparedStatements: boolean;
  /** The time in which running requests must end when the service stops. */
  readonly shutdownGraceMs: number;
  readonly logLevel: LogLevel;
  /** The size of the response cache; 0: no cache. */
  readonly cacheBytes: number;
  /** Whether requests need a token. */
  readonly auth: AuthMode;
  /** The issuers whose JWTs are accepted in addition to API tokens. */
  readonly oidcIssuers: readonly OidcIssuer[];
  /** The interval in which the server seals new jobs; 0: it does not seal. */
  readonly sealIntervalMs: number;
  /** The address of the metrics; undefined: they are not served. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** undefined: no traces are sent. */
  readonly traces: TraceSettings | undefined;
  /** Whether introspection and the Sandbox are available. */
  readonly introspection: boolean;
  readonly queryLimits: QueryLimits;
  readonly httpLimits: HttpLimits;
  readonly streamLimits: StreamLimits;
  /** Other origins whose pages may send requests. */
  readonly corsOrigins: readonly string[];
  /** Names and addresses of the server, in addition to loopback names and `host`, for requests without a token. */
  readonly allowedHosts: readonly string[];
  /** Trusted proxies: a hop count, or a list of addresses. */
  readonly trustProxy: number | readonly string[] | undefined;
}

/**
 * Reads the configuration. An empty variable counts as unset.
 * @throws ConfigError listing every invalid variable.
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const { data, error } = Environment.safeParse(set);
  if (error)
    throw new ConfigError(
      error.issues.map((issue) => `${issue.path.join(".")} ${issueMessage(issue.message)}`),
    );
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
    sealIntervalMs: data.SEAL_INTERVAL_SECONDS * 1_000,
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
      concurrentRequests: data.RUNNING_LIMIT,
      requestTimeoutMs: data.REQUEST_TIMEOUT_S * 1_000,
      keepAliveMs: data.KEEP_ALIVE_S * 1_000,
    },
    streamLimits: { open: data.STREAM_LIMIT, heartbeatMs: data.STREAM_HEARTBEAT_S * 1_000 },
    corsOrigins: data.CORS_ORIGINS,
    allowedHosts: data.ALLOWED_HOSTS,
    trustProxy: parseTrustProxy(data.TRUST_PROXY),
  });
}

/** A message continues the name of its variable, while those of zod begin with a capital letter. */
function issueMessage(message: string): string {
  return message.replace(/^Invalid option: expected one of /, "must be one of ");
}

/** The default of AUTH: "none" for the embedded database on a loopback address; "tokens" in all other cases. */
function authMode(host: string, databaseUrl: string | undefined): AuthMode {
  return databaseUrl === undefined && isLoopback(host) ? "none" : "tokens";
}

function parseTrustProxy([first, ...others]: readonly string[]): Config["trustProxy"] {
  if (first === undefined) return undefined;
  return others.length === 0 && /^\d$/.test(first) ? Number(first) : [first, ...others];
}

const Variables = z.object({
  HOST: host(),
  PORT: wholeNumber(0, 65_535).default(8007),
  DATABASE_URL: databaseUrl(),
  OWNER_DATABASE_URL: databaseUrl(),
  DATA_DIR: z.string().default("data"),
  DATABASE_POOL_SIZE: wholeNumber(2, 1_000).default(10),
  DATABASE_CONNECT_TIMEOUT_S: wholeNumber(1, 3_600).default(5),
  DATABASE_STATEMENT_TIMEOUT_S: wholeNumber(1, 3_600).default(30),
  DATABASE_LOCK_TIMEOUT_S: wholeNumber(1, 3_600).default(10),
  DATABASE_IDLE_TIMEOUT_S: wholeNumber(1, 3_600).default(30),
  DATABASE_PREPARED_STATEMENTS: z.enum(["on", "off"]).default("on"),
  SHUTDOWN_GRACE_S: wholeNumber(0, 3_600).default(10),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  INTROSPECTION: z.enum(["on", "off"]).default("on"),
  QUERY_COST_LIMIT: wholeNumber(1_000, 999_999_999).default(100_000),
  QUERY_DEPTH_LIMIT: wholeNumber(1, 200).default(20),
  QUERY_ALIAS_LIMIT: wholeNumber(0, 10_000).default(50),
  QUERY_DIRECTIVE_LIMIT: wholeNumber(0, 10_000).default(50),
  QUERY_TOKEN_LIMIT: wholeNumber(100, 100_000).default(5_000),
  QUERY_LIMIT_KB: wholeNumber(1, 1_048_576).default(256),
  BODY_LIMIT_MB: wholeNumber(1, 1_024).default(128),
  CACHE_MB: wholeNumber(0, 65_536).default(32),
  METRICS_HOST: host(),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(isWebUrl, "must be a URL such as http://collector:4318")
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, "must be a number from 0 to 1")
    .transform(Number)
    .default(1),
  SEAL_INTERVAL_SECONDS: wholeNumber(0, 3_600).default(2),
  AUTH: z.enum(["tokens", "none"]).optional(),
  OIDC_ISSUERS: z
    .string()
    .transform(parseIssuers)
    .default(() => []),
  RATE_LIMIT: wholeNumber(0, 1_000_000).default(100),
  RUNNING_LIMIT: wholeNumber(1, 100_000).default(100),
  STREAM_LIMIT: wholeNumber(1, 100_000).default(1_000),
  STREAM_HEARTBEAT_S: wholeNumber(1, 50).default(30),
  REQUEST_TIMEOUT_S: wholeNumber(1, 3_600).default(60),
  KEEP_ALIVE_S: wholeNumber(1, 3_600).default(10),
  CORS_ORIGINS: commaSeparated(
    areOrigins,
    "must be a comma-separated list of origins such as https://example.com, or *",
  ),
  ALLOWED_HOSTS: commaSeparated(
    areHosts,
    "must be a comma-separated list of names or addresses of this server, without ports",
  ),
  TRUST_PROXY: commaSeparated(
    areProxies,
    "must be the number of proxies in front of the server (1 to 9), or a comma-separated list of their addresses (10.0.0.0/8)",
  ),
});

/** The environment variables of the server. */
const Environment = Variables.refine(
  ({ DATABASE_URL, OWNER_DATABASE_URL }) => OWNER_DATABASE_URL === undefined || DATABASE_URL !== undefined,
  {
    path: ["OWNER_DATABASE_URL"],
    error: "requires DATABASE_URL; the embedded PostgreSQL has a single owner",
  },
).refine((variables) => !hasPortConflict(variables), {
  path: ["METRICS_PORT"],
  error: "must differ from PORT: the metrics are served at an address of their own",
});

/** Whether service and metrics would listen on the same port of one address. Port 0 selects a free port for each. */
function hasPortConflict({ HOST, PORT, METRICS_HOST, METRICS_PORT }: z.infer<typeof Variables>): boolean {
  if (PORT === 0 || PORT !== METRICS_PORT) return false;
  return HOST === METRICS_HOST || [HOST, METRICS_HOST].some(isUnspecifiedAddress);
}

function host() {
  return z
    .string()
    .regex(/^[^\s/]+$/, "must be a host name or an address to listen on")
    .default("127.0.0.1");
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

function databaseUrl() {
  return z
    .string()
    .superRefine((url, context) => {
      try {
        parseConnectionString(url);
      } catch (error) {
        context.addIssue({ code: "custom", message: errorMessage(error) });
      }
    })
    .optional();
}

function isWebUrl(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url);
}

/** The value is JSON, or the name of a file with JSON. */
function parseIssuers(value: string, context: z.RefinementCtx) {
  const json = readJson(value, context);
  if (json === undefined) return z.NEVER;
  const issuers = OidcIssuers.safeParse(json);
  if (issuers.success) return issuers.data;
  for (const issue of issuers.error.issues) {
    const message = [pathText(issue.path), issue.message].filter((text) => text !== "").join(": ");
    context.addIssue({ code: "custom", message });
  }
  return z.NEVER;
}

function readJson(value: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(/^\s*\[/.test(value) ? value : readFileSync(value, "utf8"));
  } catch (error) {
    const message = `must be a JSON array of issuers, or the name of a file with one (${errorMessage(error)})`;
    context.addIssue({ code: "custom", message });
    return undefined;
  }
}

function commaSeparated(isValid: (items: readonly string[]) => boolean, rule: string) {
  return z
    .string()
    .transform((text) => text.split(",").map((item) => item.trim()))
    .refine(isValid, rule)
    .default([]);
}

function areOrigins(texts: readonly string[]): boolean {
  return texts.every((text) => text === "*" || (URL.canParse(text) && new URL(text).origin === text));
}

function areHosts(texts: readonly string[]): boolean {
  return texts.every(
    (text) =>
      (isIPv6(text) || /^(?:\[[^\]]+\]|[^\s:/?#@%\\*[\]]+)$/.test(text)) && canonicalHost(text) !== undefined,
  );
}

function areProxies(texts: readonly string[]): boolean {
  return (texts.length === 1 && /^[1-9]$/.test(texts.join())) || texts.every(isNetwork);
}

/** An address, or a network such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const maxBits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return Number(bits ?? 1) >= 1 && Number(bits ?? 1) <= maxBits;
}
