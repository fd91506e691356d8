import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig } from "../src/config.ts";

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
  shutdownGraceMs: 10_000,
  logLevel: "info",
  bodyLimit: 128 * 1024 * 1024,
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
  "SHUTDOWN_GRACE_S",
  "LOG_LEVEL",
  "BODY_LIMIT_MB",
];

describe("The configuration", () => {
  it("has a default for every variable", () => {
    expect(readConfig({})).toEqual(defaults);
  });

  it("takes an empty variable as one that is not set", () => {
    expect(readConfig(Object.fromEntries(variables.map((name) => [name, ""])))).toEqual(defaults);
  });

  it("leaves the variables of others alone", () => {
    expect(readConfig({ PATH: "/bin", HOSTNAME: "\0", PGPORT: "x" })).toEqual(defaults);
  });

  it.each([
    ["HOST", "0.0.0.0", { host: "0.0.0.0" }],
    ["HOST", "::1", { host: "::1" }],
    ["HOST", "storage.example.com", { host: "storage.example.com" }],
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    [
      "DATABASE_URL",
      "postgresql://me:p%40ss@db:5432/costs",
      { databaseUrl: "postgresql://me:p%40ss@db:5432/costs" },
    ],
    [
      "DATABASE_URL",
      "postgres://db/costs?sslmode=require",
      { databaseUrl: "postgres://db/costs?sslmode=require" },
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
    ["BODY_LIMIT_MB", "1", { bodyLimit: 1_048_576 }],
    ["BODY_LIMIT_MB", "1024", { bodyLimit: 1_073_741_824 }],
  ])("takes %s=%s", (name, value, expected) => {
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
    ["OWNER_DATABASE_URL", "postgresql://me:secret@db/costs", "must stand beside DATABASE_URL"],
    ["DATABASE_POOL_SIZE", "1", "must be a whole number from 2 to 1000"],
    ["DATABASE_POOL_SIZE", "many", "must be a whole number from 2 to 1000"],
    ["LOG_LEVEL", "loud", "must be one of"],
    ["LOG_LEVEL", "INFO", "must be one of"],
    ["BODY_LIMIT_MB", "0", "must be a whole number from 1 to 1024"],
    ["BODY_LIMIT_MB", "2000", "must be a whole number from 1 to 1024"],
  ])("refuses %s=%s, and says what is allowed", (name, value, rule) => {
    const message = refusal({ [name]: value });
    expect(message).toContain(`${name} ${rule}`);
    expect(message).not.toContain("secret");
  });

  it("takes an owner's URL beside DATABASE_URL", () => {
    const urls = {
      databaseUrl: "postgresql://server@db/costs",
      ownerDatabaseUrl: "postgresql://owner@db/costs",
    };
    const environment = { DATABASE_URL: urls.databaseUrl, OWNER_DATABASE_URL: urls.ownerDatabaseUrl };
    expect(readConfig(environment)).toEqual({ ...defaults, ...urls });
  });

  it("lists everything that is wrong at once", () => {
    const wrong = {
      HOST: "/",
      PORT: "x",
      DATABASE_URL: "x",
      DATABASE_POOL_SIZE: "0",
      LOG_LEVEL: "x",
      BODY_LIMIT_MB: "x",
    };
    const lines = refusal(wrong).split("\n");
    expect(lines[0]).toBe("The configuration cannot be used:");
    expect(lines.slice(1).map((line) => line.trim().split(" ")[0])).toEqual(Object.keys(wrong));
  });
});
