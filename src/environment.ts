import { isIP, isIPv6 } from "node:net";
import * as z from "zod";
import { AuthVariables } from "./access/auth-setting.ts";
import { parseConnectionString } from "./database/connection-string.ts";
import { canonicalHost } from "./http/refuse-other-hosts.ts";
import { reasonOf } from "./reason-of.ts";

const LOG_LEVELS = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

/** How much the log tells. */
export type LogLevel = z.infer<typeof LOG_LEVELS>;

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
  LOG_LEVEL: LOG_LEVELS.default("info"),
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
  ...AuthVariables,
  RATE_LIMIT: wholeNumber(0, 1_000_000).default(100),
  RUNNING_LIMIT: wholeNumber(1, 100_000).default(100),
  REQUEST_TIMEOUT_S: wholeNumber(1, 3_600).default(60),
  KEEP_ALIVE_S: wholeNumber(1, 3_600).default(10),
  CORS_ORIGINS: list(
    areOrigins,
    "must be origins such as https://example.com, with commas between them, or *",
  ),
  ALLOWED_HOSTS: list(
    areHosts,
    "must be names or addresses of this server, without ports, with commas between them",
  ),
  TRUST_PROXY: list(
    areProxies,
    "must be the number of proxies in front, or their addresses (10.0.0.0/8) with commas between them",
  ),
});

/** The environment variables that the server knows, and what each may be. */
export const Environment = Variables.refine(
  ({ DATABASE_URL, OWNER_DATABASE_URL }) => OWNER_DATABASE_URL === undefined || DATABASE_URL !== undefined,
  {
    path: ["OWNER_DATABASE_URL"],
    error: "must stand beside DATABASE_URL: the embedded PostgreSQL has no other owner",
  },
).refine((variables) => !portsClash(variables), {
  path: ["METRICS_PORT"],
  error: "must be another port than PORT: the metrics are served at an address of their own",
});

/** Every address of the machine. */
const ALL_ADDRESSES = ["0.0.0.0", "::"];

/** Whether the service and its metrics would both listen at one port of one address. Port 0 is a free one for each. */
function portsClash({ HOST, PORT, METRICS_HOST, METRICS_PORT }: z.infer<typeof Variables>): boolean {
  if (PORT === 0 || PORT !== METRICS_PORT) return false;
  return HOST === METRICS_HOST || [HOST, METRICS_HOST].some((name) => ALL_ADDRESSES.includes(name));
}

function host() {
  return z
    .string()
    .regex(/^[^\s/]+$/, "must be a host name or an address to listen on")
    .default("127.0.0.1");
}

function isWebUrl(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url);
}

function databaseUrl() {
  return z
    .string()
    .superRefine((url, context) => {
      try {
        parseConnectionString(url);
      } catch (error) {
        context.addIssue({ code: "custom", message: reasonOf(error) });
      }
    })
    .optional();
}

function list(isGood: (items: readonly string[]) => boolean, rule: string) {
  return z
    .string()
    .transform((text) => text.split(",").map((item) => item.trim()))
    .refine(isGood, rule)
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

/** An address, or a range of them as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return Number(bits ?? 1) >= 1 && Number(bits ?? 1) <= most;
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
