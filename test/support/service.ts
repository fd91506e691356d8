import { Client } from "pg";
import { type Logger, pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

/** An answer of the GraphQL endpoint, as a client sees it. */
export interface Answer<Data> {
  readonly status: number;
  readonly data: Data;
  readonly errors?: readonly {
    message: string;
    path?: string[];
    extensions: { code: string } & Record<string, unknown>;
  }[];
}

/** The service under test, on a port and a database of its own. */
export interface TestService {
  readonly url: string;
  readonly databaseUrl: string;
  /** Where its metrics are, with METRICS_PORT set. */
  readonly metricsUrl: string | undefined;
  /** Sends an operation over HTTP. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the fields of its query; a type for every response would hide it.
  query<Data = any>(query: string, variables?: object): Promise<Answer<Data>>;
  /** Sends a body unchanged, for JSON that JavaScript cannot write. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  post<Data = any>(body: string): Promise<Answer<Data>>;
  /** Runs SQL in the service's database, past the service. */
  sql(text: string): Promise<Record<string, unknown>[]>;
}

/**
 * Starts the service before the tests of a file and stops it after them.
 * @param environment configures it, where it should not be as usual.
 * @param log the log, for tests of the log.
 * @param prepare is called with the database's URL before the service starts.
 */
export function startService(
  environment: NodeJS.ProcessEnv = {},
  {
    log = pino({ level: process.env.LOG_LEVEL ?? "silent" }),
    prepare = async () => {},
  }: { log?: Logger; prepare?: (databaseUrl: string) => Promise<void> } = {},
): TestService {
  let url = "";
  let metricsUrl: string | undefined;
  let database: TestDatabase;
  let close: () => Promise<void>;
  let client: Client | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    await prepare(database.url);
    // Sealing is a matter of its own tests: others count statements.
    const config = readConfig({
      PORT: "0",
      DATABASE_URL: database.url,
      SEAL_INTERVAL_SECONDS: "0",
      AUTH: "none",
      RATE_LIMIT: "0",
      ...environment,
    });
    const app = await createApp(config, database.url, log);
    url = app.url;
    metricsUrl = app.metricsUrl;
    close = app.close;
  });
  afterAll(async () => {
    await client?.end();
    await close?.();
    await database?.drop();
  });
  const post = (body: string) => postGraphql(url, body);
  return {
    get url() {
      return url;
    },
    get metricsUrl() {
      return metricsUrl;
    },
    get databaseUrl() {
      return database.url;
    },
    post,
    query: (query, variables) => post(JSON.stringify({ query, variables })),
    sql: async (text) => {
      if (!client) {
        client = new Client({ connectionString: database.url });
        await client.connect();
      }
      return (await client.query(text)).rows;
    },
  };
}

/** Sends a body to /graphql, with a token if there is one, and returns the status and the JSON of the response. */
// biome-ignore lint/suspicious/noExplicitAny: a test knows the fields of its query; a type for every response would hide it.
export async function postGraphql(url: string, body: string, token?: string): Promise<Answer<any>> {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body });
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  return { status: response.status, ...((await response.json()) as any) };
}
