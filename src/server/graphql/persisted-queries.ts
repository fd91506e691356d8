import { createHash } from "node:crypto";
import type { ApolloServerOptions, BaseContext } from "@apollo/server";
import type { FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import type { PersistedQueryCounts } from "../../telemetry/metrics.ts";
import { HttpError } from "../errors.ts";

/** Hundreds of texts: a dashboard has 500 characters, the introspection query 1,800. */
const MAX_BYTES = 4 * 1_048_576;

/** Longer texts are not stored: QUERY_TOKEN_LIMIT ends most texts at 30,000 characters. */
const MAX_LENGTH = 32_000;

/** The overhead of an entry beside its text, with the key. */
const OVERHEAD_BYTES = 512;

/** V8 stores a string with one byte a character, or with two if any of its characters requires them. */
const CHARACTER_BYTES = 2;

type Options = Exclude<ApolloServerOptions<BaseContext>["persistedQueries"], false | undefined>;

interface PersistedQueries {
  readonly cache: NonNullable<Options["cache"]>;
  counts(): PersistedQueryCounts;
}

/**
 * The most recently used texts of automatic persisted queries (APQ), by the hash of the text. Apollo Server adds a text
 * when its operation has passed validation and the cost limit, and parses and validates what it finds like any text.
 * A client whose hash is not found sends the text again, so that a removed text costs one request.
 */
export function createPersistedQueries(): PersistedQueries {
  const texts = new LRUCache<string, string>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ length }) => OVERHEAD_BYTES + length * CHARACTER_BYTES,
  });
  const counts = { hit: 0, miss: 0 };
  return {
    cache: {
      get: async (key) => {
        const text = texts.get(key);
        counts[text === undefined ? "miss" : "hit"]++;
        return text;
      },
      set: async (key, text) => {
        // A copy: the text of a GET request is a slice, which would retain its URL of up to 16 KB.
        if (text.length <= MAX_LENGTH) texts.set(key, Buffer.from(text).toString());
      },
      delete: async (key) => texts.delete(key),
    },
    counts: () => counts,
  };
}

/** A SHA-256 hash as Apollo Server computes it. */
const HASH = /^[0-9a-f]{64}$/;

/**
 * Rejects a malformed persisted query. Apollo Server 5.5 answers 500 to a hash that is no text, and reports a hash of
 * another text as an error of the server.
 */
export function requirePersistedQuery(request: FastifyRequest): void {
  const { query, persistedQuery } = request.method === "GET" ? inUrl(request.url) : inBody(request.body);
  if (!persistedQuery) return;
  const { version, sha256Hash } = isJsonObject(persistedQuery) ? persistedQuery : {};
  if (version !== 1 || typeof sha256Hash !== "string" || !HASH.test(sha256Hash)) {
    throw malformed(
      "extensions.persistedQuery must have version: 1, and sha256Hash: the SHA-256 hash of the query, 64 hexadecimal digits in lower case",
    );
  }
  if (typeof query === "string" && createHash("sha256").update(query).digest("hex") !== sha256Hash) {
    throw malformed(
      "extensions.persistedQuery.sha256Hash must be the SHA-256 hash of query: hash the text that is sent, in UTF-8",
    );
  }
}

function malformed(message: string): HttpError {
  return new HttpError(400, "BAD_REQUEST", message);
}

interface Sent {
  readonly query?: unknown;
  readonly persistedQuery?: unknown;
}

/** The parameters as Apollo Server reads them. It rejects those that occur twice or are not JSON. */
function inUrl(url: string): Sent {
  const { searchParams } = new URL(url, "http://localhost");
  return {
    query: searchParams.get("query"),
    persistedQuery: parsed(searchParams.get("extensions")).persistedQuery,
  };
}

function parsed(text: string | null): JsonObject {
  try {
    const value = JSON.parse(text ?? "null");
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function inBody(body: unknown): Sent {
  if (!isJsonObject(body)) return {};
  const { query, extensions } = body;
  return { query, persistedQuery: isJsonObject(extensions) ? extensions.persistedQuery : undefined };
}

/** Whether a body has the hash of its operation instead of the text. */
export function hasHashOnly(body: unknown): boolean {
  const { query, persistedQuery } = inBody(body);
  return Boolean(persistedQuery) && typeof query !== "string";
}

/** The code and, for @urql/exchange-persisted, the message to which clients respond with the text of the operation. */
export const NOT_FOUND = { code: "PERSISTED_QUERY_NOT_FOUND", message: "PersistedQueryNotFound" } as const;
