import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.ts";
import { ConfigError } from "../src/lib/errors.ts";

function refusal(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("The environment was accepted");
}

const defaults = {
  host: "127.0.0.1",
  port: 8007,
  databaseUrl: undefined,
  ownerDatabaseUrl: undefined,
  dataDir: resolve("data"),
  databasePoolSize: 10,
  databaseTimeouts: { connectMs: 5_000, statementMs: 30_000, lockMs: 10_000, idleInTransactionMs: 30_000 },
  databasePreparedStatements: true,
  shutdownGraceMs: 10_000,
  logLevel: "info",
  cacheBytes: 32 * 1024 * 1024,
  sealIntervalMs: 2_000,
  auth: "none",
  oidcIssuers: [],
  introspection: true,
  queryLimits: { cost: 100_000, depth: 20, aliases: 50, directives: 50, tokens: 5_000 },
  httpLimits: {
    bodyBytes: 128 * 1024 * 1024,
    queryBytes: 256 * 1024,
    requestsPerSecond: 100,
    concurrentRequests: 100,
    requestTimeoutMs: 60_000,
    keepAliveMs: 10_000,
  },
  streamLimits: { open: 1_000, heartbeatMs: 30_000 },
  corsOrigins: [],
  allowedHosts: [],
  trustProxy: undefined,
};

const variables = [
  "HOST",
  "PORT",
  "DATABASE_URL",
  "OWNER_DATABASE_URL",
  "DATA_DIR",
  "DATABASE_POOL_SIZE",
  "DATABASE_CONNECT_TIMEOUT_S",
  "DATABASE_STATEMENT_TIMEOUT_S",
  "DATABASE_LOCK_TIMEOUT_S",
  "DATABASE_IDLE_TIMEOUT_S",
  "DATABASE_PREPARED_STATEMENTS",
  "SHUTDOWN_GRACE_S",
  "LOG_LEVEL",
  "BODY_LIMIT_MB",
  "CACHE_MB",
  "METRICS_HOST",
  "METRICS_PORT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_TRACES_SAMPLER_ARG",
  "SEAL_INTERVAL_SECONDS",
  "AUTH",
  "OIDC_ISSUERS",
  "QUERY_LIMIT_KB",
  "QUERY_COST_LIMIT",
  "INTROSPECTION",
  "RATE_LIMIT",
  "RUNNING_LIMIT",
  "STREAM_LIMIT",
  "STREAM_HEARTBEAT_S",
  "REQUEST_TIMEOUT_S",
  "KEEP_ALIVE_S",
  "CORS_ORIGINS",
  "ALLOWED_HOSTS",
  "TRUST_PROXY",
];

describe("The configuration", () => {
  it("has a default for every variable", () => {
    expect(readConfig({})).toEqual(defaults);
  });

  it("treats an empty variable as unset", () => {
    expect(readConfig(Object.fromEntries(variables.map((name) => [name, ""])))).toEqual(defaults);
  });

  it("ignores the variables of other programs", () => {
    expect(readConfig({ PATH: "/bin", HOSTNAME: "\0", PGPORT: "x" })).toEqual(defaults);
  });

  it.each([
    ["HOST", "0.0.0.0", { host: "0.0.0.0", auth: "tokens" }],
    ["HOST", "::1", { host: "::1" }],
    ["HOST", "storage.example.com", { host: "storage.example.com", auth: "tokens" }],
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    [
      "DATABASE_URL",
      "postgresql://me:p%40ss@db:5432/costs",
      { databaseUrl: "postgresql://me:p%40ss@db:5432/costs", auth: "tokens" },
    ],
    [
      "DATABASE_URL",
      "postgres://db/costs?sslmode=require",
      { databaseUrl: "postgres://db/costs?sslmode=require", auth: "tokens" },
    ],
    ["DATA_DIR", "some/where", { dataDir: resolve("some/where") }],
    ["DATA_DIR", "/var/lib/costs", { dataDir: "/var/lib/costs" }],
    ["DATABASE_POOL_SIZE", "2", { databasePoolSize: 2 }],
    ["DATABASE_POOL_SIZE", "1000", { databasePoolSize: 1000 }],
    [
      "DATABASE_CONNECT_TIMEOUT_S",
      "60",
      { databaseTimeouts: { ...defaults.databaseTimeouts, connectMs: 60_000 } },
    ],
    [
      "DATABASE_STATEMENT_TIMEOUT_S",
      "60",
      { databaseTimeouts: { ...defaults.databaseTimeouts, statementMs: 60_000 } },
    ],
    ["DATABASE_LOCK_TIMEOUT_S", "60", { databaseTimeouts: { ...defaults.databaseTimeouts, lockMs: 60_000 } }],
    [
      "DATABASE_IDLE_TIMEOUT_S",
      "60",
      { databaseTimeouts: { ...defaults.databaseTimeouts, idleInTransactionMs: 60_000 } },
    ],
    ["SHUTDOWN_GRACE_S", "0", { shutdownGraceMs: 0 }],
    ["LOG_LEVEL", "silent", { logLevel: "silent" }],
    ["LOG_LEVEL", "trace", { logLevel: "trace" }],
    ["METRICS_HOST", "10.0.0.1", {}],
    ["METRICS_PORT", "9464", { metrics: { host: "127.0.0.1", port: 9464 } }],
    [
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "http://collector:4318",
      { traces: { endpoint: "http://collector:4318", share: 1 } },
    ],
    ["OTEL_TRACES_SAMPLER_ARG", "0.05", {}],
    ["SEAL_INTERVAL_SECONDS", "0", { sealIntervalMs: 0 }],
    ["SEAL_INTERVAL_SECONDS", "3600", { sealIntervalMs: 3_600_000 }],
    ["AUTH", "tokens", { auth: "tokens" }],
    ["BODY_LIMIT_MB", "1", { httpLimits: { ...defaults.httpLimits, bodyBytes: 1_048_576 } }],
    ["BODY_LIMIT_MB", "1024", { httpLimits: { ...defaults.httpLimits, bodyBytes: 1_073_741_824 } }],
    ["QUERY_LIMIT_KB", "1", { httpLimits: { ...defaults.httpLimits, queryBytes: 1_024 } }],
    ["RATE_LIMIT", "0", { httpLimits: { ...defaults.httpLimits, requestsPerSecond: 0 } }],
    ["STREAM_LIMIT", "1", { streamLimits: { open: 1, heartbeatMs: 30_000 } }],
    ["STREAM_HEARTBEAT_S", "50", { streamLimits: { open: 1_000, heartbeatMs: 50_000 } }],
    ["QUERY_COST_LIMIT", "5000", { queryLimits: { ...defaults.queryLimits, cost: 5_000 } }],
    ["INTROSPECTION", "off", { introspection: false }],
    ["CORS_ORIGINS", "*", { corsOrigins: ["*"] }],
    [
      "CORS_ORIGINS",
      "https://a.example, http://localhost:3000",
      { corsOrigins: ["https://a.example", "http://localhost:3000"] },
    ],
    [
      "ALLOWED_HOSTS",
      "costs.example.com, costs,10.0.0.5,fd00::5,[fd00::6]",
      { allowedHosts: ["costs.example.com", "costs", "10.0.0.5", "fd00::5", "[fd00::6]"] },
    ],
    ["TRUST_PROXY", "2", { trustProxy: 2 }],
    ["TRUST_PROXY", "10.0.0.0/8, ::1", { trustProxy: ["10.0.0.0/8", "::1"] }],
  ])("accepts %s=%s", (name, value, expected) => {
    expect(readConfig({ [name]: value })).toEqual({ ...defaults, ...expected });
  });

  it.each([
    ["HOST", "http://here", "must be a host name or an address to listen on"],
    ["HOST", "a b", "must be a host name or an address to listen on"],
    ["PORT", "-1", "must be a whole number from 0 to 65535"],
    ["DATABASE_STATEMENT_TIMEOUT_S", "0", "must be a whole number from 1 to 3600"],
    ["SHUTDOWN_GRACE_S", "3601", "must be a whole number from 0 to 3600"],
    ["PORT", "65536", "must be a whole number from 0 to 65535"],
    ["PORT", "80.5", "must be a whole number from 0 to 65535"],
    ["PORT", "http", "must be a whole number from 0 to 65535"],
    ["PORT", "99999999999999999999", "must be a whole number from 0 to 65535"],
    ["DATABASE_URL", "mysql://me:secret@db/costs", "must be a URL such as postgresql://"],
    ["DATABASE_URL", "localhost:5432/secret", "must be a URL such as postgresql://"],
    ["DATABASE_URL", "postgresql://me:secret@db:port/costs", "must be a URL such as postgresql://"],
    ["DATABASE_URL", "postgresql://db/secret%zz", "must be a URL such as postgresql://"],
    ["OWNER_DATABASE_URL", "mysql://me:secret@db/costs", "must be a URL such as postgresql://"],
    ["OWNER_DATABASE_URL", "postgresql://me:secret@db/costs", "requires DATABASE_URL; the embedded"],
    ["DATABASE_POOL_SIZE", "1", "must be a whole number from 2 to 1000"],
    ["DATABASE_POOL_SIZE", "many", "must be a whole number from 2 to 1000"],
    ["LOG_LEVEL", "loud", "must be one of"],
    ["LOG_LEVEL", "INFO", "must be one of"],
    ["INTROSPECTION", "yes", "must be one of"],
    ["QUERY_COST_LIMIT", "1", "must be a whole number from 1000 to"],
    [
      "CORS_ORIGINS",
      "https://a.example/path",
      "must be a comma-separated list of origins such as https://example.com",
    ],
    ["CORS_ORIGINS", "a.example", "must be a comma-separated list of origins such as https://example.com"],
    [
      "ALLOWED_HOSTS",
      "costs.example.com:8443",
      "must be a comma-separated list of names or addresses of this server, without ports",
    ],
    [
      "ALLOWED_HOSTS",
      "https://costs.example.com",
      "must be a comma-separated list of names or addresses of this server",
    ],
    ["ALLOWED_HOSTS", "costs,,other", "must be a comma-separated list of names or addresses of this server"],
    ["ALLOWED_HOSTS", "*.example.com", "must be a comma-separated list of names or addresses of this server"],
    ["ALLOWED_HOSTS", "*", "must be a comma-separated list of names or addresses of this server"],
    [
      "TRUST_PROXY",
      "true",
      "must be the number of proxies in front of the server (1 to 9), or a comma-separated list",
    ],
    [
      "TRUST_PROXY",
      "0",
      "must be the number of proxies in front of the server (1 to 9), or a comma-separated list",
    ],
    [
      "TRUST_PROXY",
      "1, 10.0.0.1",
      "must be the number of proxies in front of the server (1 to 9), or a comma-separated list",
    ],
    [
      "TRUST_PROXY",
      "10.0.0.0/33",
      "must be the number of proxies in front of the server (1 to 9), or a comma-separated list",
    ],
    ["BODY_LIMIT_MB", "0", "must be a whole number from 1 to 1024"],
    ["SEAL_INTERVAL_SECONDS", "0.5", "must be a whole number from 0 to 3600"],
    ["BODY_LIMIT_MB", "2000", "must be a whole number from 1 to 1024"],
    ["METRICS_HOST", "a b", "must be a host name or an address to listen on"],
    ["METRICS_PORT", "127.0.0.1:9464", "must be a whole number from 0 to 65535"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "must be a URL such as http://collector:4318"],
    ["OTEL_TRACES_SAMPLER_ARG", "2", "must be a number from 0 to 1"],
    ["AUTH", "no", "must be one of"],
    ["OIDC_ISSUERS", "/no/such/file", "must be a JSON array of issuers, or the name of a file with one"],
    ["OIDC_ISSUERS", "[{}]", "[0].issuer: "],
  ])("rejects %s=%s with the rule", (name, value, rule) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(`${name} ${rule}`);
    expect(message).not.toContain("secret");
  });

  it("accepts an address for metrics, and a share of the traces", () => {
    const environment = {
      METRICS_HOST: "0.0.0.0",
      METRICS_PORT: "9464",
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://traces.example.com/otlp",
      OTEL_TRACES_SAMPLER_ARG: "0.05",
    };
    expect(readConfig(environment)).toMatchObject({
      metrics: { host: "0.0.0.0", port: 9464 },
      traces: { endpoint: "https://traces.example.com/otlp", share: 0.05 },
    });
  });

  it.each([
    { PORT: "9464", METRICS_PORT: "9464" },
    { METRICS_PORT: "8007" },
    { HOST: "0.0.0.0", PORT: "9464", METRICS_PORT: "9464" },
    { METRICS_HOST: "::", PORT: "9464", METRICS_PORT: "9464" },
  ])("rejects one port for the service and its metrics: %j", (environment) => {
    expect(refusal(environment)).toContain("METRICS_PORT must differ from PORT: ");
  });

  it.each([
    { PORT: "0", METRICS_PORT: "0" },
    { HOST: "10.0.0.1", PORT: "9464", METRICS_PORT: "9464" },
  ])("accepts separate ports, or one port on separate addresses: %j", (environment) => {
    expect(readConfig(environment).metrics?.port).toBe(Number(environment.METRICS_PORT));
  });

  it("accepts OWNER_DATABASE_URL together with DATABASE_URL", () => {
    const urls = {
      databaseUrl: "postgresql://server@db/costs",
      ownerDatabaseUrl: "postgresql://owner@db/costs",
    };
    const environment = { DATABASE_URL: urls.databaseUrl, OWNER_DATABASE_URL: urls.ownerDatabaseUrl };
    expect(readConfig(environment)).toEqual({ ...defaults, ...urls, auth: "tokens" });
  });

  it("lists all invalid variables at once", () => {
    const wrong = {
      HOST: "/",
      PORT: "x",
      DATABASE_URL: "x",
      DATABASE_POOL_SIZE: "0",
      LOG_LEVEL: "x",
      BODY_LIMIT_MB: "x",
    };
    const lines = refusal(wrong).split("\n");
    expect(lines[0]).toBe("The configuration is invalid:");
    expect(lines.slice(1).map((line) => line.trim().split(" ")[0])).toEqual(Object.keys(wrong));
  });
});
