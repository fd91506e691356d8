import { Client } from "pg";
import { hashOfToken, newTokenText } from "../../src/access/tokens.ts";
import { postGraphql, type TestService } from "../support/service.ts";

/** The properties of a token; each has a default. */
export interface TokenProperties {
  readonly scope?: "read" | "write" | "admin";
  readonly projects?: readonly string[];
  readonly user?: string;
  readonly name?: string;
  readonly expiresAt?: Date;
}

let count = 0;

/** Writes a token into the database of a service, and returns its text. */
export async function createToken(databaseUrl: string, properties: TokenProperties = {}): Promise<string> {
  const { scope = "write", projects, user, name = `token ${++count}`, expiresAt } = properties;
  const text = newTokenText();
  const hash = hashOfToken(text);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client
    .query(
      `insert into api_tokens (id, name, hash_prefix, hash, scope, projects, user_id, expires_at)
       values (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)`,
      [name, hash.subarray(0, 8), hash, scope, projects, user, expiresAt],
    )
    .finally(() => client.end());
  return text;
}

/** The service, with requests that have the token. */
export function withToken(service: TestService, token: string | undefined): TestService {
  const post = (body: string) => postGraphql(service.url, body, token);
  return {
    ...service,
    get url() {
      return service.url;
    },
    get databaseUrl() {
      return service.databaseUrl;
    },
    post,
    query: (query, variables) => post(JSON.stringify({ query, variables })),
  };
}

/** Asks a REST route with a token. */
export async function get(service: TestService, path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${service.url}/api/v1${path}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
