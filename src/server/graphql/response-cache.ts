import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type GraphQLRequestContext, type GraphQLResponse, HeaderMap } from "@apollo/server";
import fresh from "fresh";
import { type OperationDefinitionNode, OperationTypeNode } from "graphql";
import { LRUCache } from "lru-cache";
import { AUTH_DISABLED, visibilityKey } from "../../access/viewer.ts";
import {
  type CacheDependencies,
  type JobRead,
  recordReads,
  revalidate,
} from "../../database/recorded-reads.ts";
import type { Context } from "../../graphql/context.ts";
import { recordCacheResult } from "../../telemetry/current-request.ts";
import type { CacheCounts } from "../../telemetry/metrics.ts";
import { preserialized, stringifyResult } from "./result.ts";

/** Longer variables rarely occur twice. */
const MAX_VARIABLES_LENGTH = 10_000;

/** The use of the cache for one request. */
export interface CachedRequest {
  /** The cached response; null: the operation must be executed. */
  find(request: GraphQLRequestContext<Context>): Promise<GraphQLResponse | null>;
  /** Caches the response of an executed operation. */
  store(request: CompletedRequest): void;
}

type CompletedRequest = GraphQLRequestContext<Context> & { readonly response: GraphQLResponse };

/**
 * Answers a repeated query with the cached text of its response if it concerns the same jobs: jobs never change, so
 * their parts are neither read nor serialized again. Values that can change, such as `previous` and `exclusion`, are
 * recorded as separate reads. The visibility is checked each time, because the statements that find the jobs contain
 * it.
 */
export function createCachedRequest(cache: ResponseCache): CachedRequest {
  let recording: { readonly key: string; readonly dependencies: CacheDependencies } | undefined;
  return {
    async find(request) {
      // The type of Apollo is wrong: a document with several operations may name none.
      const operation = request.operation as OperationDefinitionNode | undefined;
      if (operation?.operation !== OperationTypeNode.QUERY) return null;
      // Until a response is found or added.
      recordCacheResult("uncacheable");
      const key = cacheKey(request);
      if (key === undefined) return null;
      const { db } = request.contextValue;
      // After a failed validation the query is executed, and fails with the path of its field.
      const cached = await cache.get(key, ({ jobReads }) => revalidate(db, jobReads)).catch(() => undefined);
      if (cached !== undefined) {
        recordCacheResult("hit");
        setImmutableHeaders(cached, request);
        return responseWithText(cached.text);
      }
      recording = { key, dependencies: recordReads(db) };
      return null;
    },
    store(request) {
      const { body } = request.response;
      if (recording === undefined || recording.dependencies.changeable) return;
      if (body.kind !== "single" || body.singleResult.errors) return;
      const response = {
        text: stringifyResult(body.singleResult),
        jobReads: recording.dependencies.jobReads,
      };
      if (cache.set(recording.key, response)) recordCacheResult("miss");
      setImmutableHeaders(response, request);
      body.singleResult = preserialized(response.text);
    },
  };
}

/** undefined: the response cannot be cached. */
function cacheKey({ request, queryHash, contextValue }: GraphQLRequestContext<Context>): string | undefined {
  const variables = JSON.stringify(request.variables ?? {});
  if (variables.length > MAX_VARIABLES_LENGTH) return undefined;
  return `${queryHash} ${request.operationName ?? ""} ${visibilityKey(contextValue.viewer)} ${variables}`;
}

function responseWithText(text: string): GraphQLResponse {
  return {
    http: { status: undefined, headers: new HeaderMap() },
    body: { kind: "single", singleResult: preserialized(text) },
  };
}

/** The overhead of an entry beside its texts, measured: a hundred entries take 50 KB of heap. */
const OVERHEAD_BYTES = 512;

/** The overhead of a read and of each of its parameters. A response with 50 aliases has 50 reads. */
const READ_BYTES = 256;
const PARAMETER_BYTES = 64;

/** The largest share of the cache that one response may occupy. */
const MAX_ENTRY_SHARE = 1 / 16;

/** The most recently used responses by key. */
export interface ResponseCache {
  /**
   * The response for the key, if it is still valid. Requests with the same key in one turn of the event loop share one
   * validation, which begins when the turn has ended: it sees everything acknowledged before any of these requests.
   */
  get(
    key: string,
    isValid: (response: CachedResponse) => Promise<boolean>,
  ): Promise<CachedResponse | undefined>;
  /** Adds a response. @returns false when the response is too large. */
  set(key: string, response: CachedResponse): boolean;
  counts(): CacheCounts;
}

/** Creates an empty cache. @param bytes the limit of all texts, keys and statements together. */
export function createResponseCache(bytes: number): ResponseCache {
  const responses = new LRUCache<string, CachedResponse>({
    maxSize: bytes,
    maxEntrySize: Math.floor(bytes * MAX_ENTRY_SHARE),
    sizeCalculation: (response, key) =>
      OVERHEAD_BYTES + textSize(key) + textSize(response.text) + readsSize(response),
  });
  const validations = new Map<CachedResponse, Promise<boolean>>();

  function validate(
    cached: CachedResponse,
    isValid: (response: CachedResponse) => Promise<boolean>,
  ): Promise<boolean> {
    const pending = validations.get(cached);
    if (pending !== undefined) return pending;
    const started = setImmediate().then(() => {
      validations.delete(cached);
      return isValid(cached);
    });
    validations.set(cached, started);
    return started;
  }

  return {
    get: async (key, isValid) => {
      const cached = responses.get(key);
      return cached !== undefined && (await validate(cached, isValid)) ? cached : undefined;
    },
    set: (key, response) => responses.set(key, response).has(key),
    counts: () => ({ responses: responses.size, bytes: responses.calculatedSize }),
  };
}

function readsSize({ jobReads }: CachedResponse): number {
  return jobReads.reduce(
    (sum, { statement: { sql, parameters }, keys }) =>
      sum +
      READ_BYTES +
      textSize(sql) +
      parameters.length * PARAMETER_BYTES +
      textSize(JSON.stringify(parameters)) +
      textSize(keys),
    0,
  );
}

/** V8 stores a string with one byte a character, or with two if any of its characters requires them. */
function textSize(text: string): number {
  return text.length * 2;
}

/** A response without errors, as it is sent, and the reads that found its jobs. */
interface CachedResponse {
  readonly text: string;
  readonly jobReads: readonly JobRead[];
}

/** Whether only retention can change the response, because it concerns jobs by id. */
function isImmutable({ jobReads }: CachedResponse): boolean {
  return jobReads.length > 0 && jobReads.every(({ lasting }) => lasting);
}

/** A year; RFC 9111 has no unlimited max-age. */
const IMMUTABLE = "max-age=31536000, immutable";

/** A shared cache must not return the data of one token to other clients. */
const PRIVATE_IMMUTABLE = `private, ${IMMUTABLE}`;

/**
 * Permits browsers and proxies to cache the immutable response to a GET, and answers 304 when the client has it. Only
 * jobs by id are immutable; a list changes with the next store.
 */
function setImmutableHeaders(
  cached: CachedResponse,
  { request: { http }, response, contextValue }: GraphQLRequestContext<Context>,
): void {
  if (http?.method !== "GET" || !isImmutable(cached)) return;
  // Weak: the same response may be compressed, or have another media type.
  const etag = `W/"${createHash("sha1").update(cached.text).digest("base64url")}"`;
  response.http.headers.set("etag", etag);
  response.http.headers.set(
    "cache-control",
    contextValue.viewer === AUTH_DISABLED ? IMMUTABLE : PRIVATE_IMMUTABLE,
  );
  // Without Cache-Control: a fetch of Node.js with If-None-Match always sends "no-cache".
  const ifNoneMatch = http.headers.get("if-none-match");
  if (fresh({ "if-none-match": ifNoneMatch }, { etag })) response.http.status = 304;
}
