import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import {
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from "@apollo/server";
import fresh from "fresh";
import { type FormattedExecutionResult, OperationTypeNode } from "graphql";
import { LRUCache } from "lru-cache";
import { AUTH_DISABLED, visibilityKey } from "../../access/viewer.ts";
import {
  type CacheDependencies,
  type JobRead,
  recordReads,
  revalidate,
} from "../../database/recorded-reads.ts";
import type { Context } from "../../graphql/context.ts";
import type { CacheCounts } from "../../telemetry/metrics.ts";

/** Longer variables are not asked twice as they are. */
const LONGEST_VARIABLES = 10_000;

/**
 * Answers a question that was answered before with the text of that answer, when it is about the same jobs as then:
 * jobs never change, so what belongs to them needs neither be read nor be written out again. What the viewer may see
 * is looked at each time, for the statements that find the jobs hold it.
 */
export function responseCachePlugin(cache: ResponseCache): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      let asked: { readonly question: string; readonly grounds: CacheDependencies } | undefined;
      return {
        async responseForOperation(request) {
          const question = questionOf(request);
          if (question === undefined) return null;
          const { db } = request.contextValue;
          // A look that fails is no answer: the question is asked in full, and fails by the path of its field.
          const kept = await cache
            .find(question, ({ jobReads }) => revalidate(db, jobReads))
            .catch(() => undefined);
          if (kept !== undefined) {
            setImmutableHeaders(kept, request);
            return responseOf(kept.text);
          }
          asked = { question, grounds: recordReads(db) };
          return null;
        },
        async willSendResponse(request) {
          const { body } = request.response;
          if (asked === undefined || asked.grounds.changeable) return;
          if (body.kind !== "single" || body.singleResult.errors) return;
          const answer = { text: stringifyResult(body.singleResult), jobReads: asked.grounds.jobReads };
          cache.keep(asked.question, answer);
          setImmutableHeaders(answer, request);
          body.singleResult = alreadyWritten(answer.text);
        },
      };
    },
  };
}

/** What is asked, in one text; undefined: nothing that can be kept. */
function questionOf({
  request,
  operation,
  queryHash,
  contextValue,
}: GraphQLRequestContext<Context>): string | undefined {
  if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
  const variables = JSON.stringify(request.variables ?? {});
  if (variables.length > LONGEST_VARIABLES) return undefined;
  return `${queryHash} ${request.operationName ?? ""} ${visibilityKey(contextValue.viewer)} ${variables}`;
}

function responseOf(text: string): GraphQLResponse {
  return {
    http: { status: undefined, headers: new HeaderMap() },
    body: { kind: "single", singleResult: alreadyWritten(text) },
  };
}

/** An answer and its key beside their texts. Measured with 50 KB of heap a hundred. */
const OVERHEAD_BYTES = 512;

/** A read beside its texts, and each of its parameters. An answer of 50 aliases has 50 reads. */
const READ_BYTES = 256;
const PARAMETER_BYTES = 64;

/** No answer may take more of the cache than this part of it. */
const LARGEST_PART = 1 / 16;

/** Answers by question, those asked for last. */
export interface ResponseCache {
  /**
   * The answer to the question, if it still holds. Who asks the same in one turn of the event loop shares one look,
   * which begins when the turn has ended: whatever was acknowledged before one of them asked is seen.
   */
  find(
    question: string,
    holds: (answer: CachedResponse) => Promise<boolean>,
  ): Promise<CachedResponse | undefined>;
  keep(question: string, answer: CachedResponse): void;
  counts(): CacheCounts;
}

/** An empty cache; its texts, keys and statements together never exceed so many bytes. */
export function createResponseCache(bytes: number): ResponseCache {
  const answers = new LRUCache<string, CachedResponse>({
    maxSize: bytes,
    maxEntrySize: Math.floor(bytes * LARGEST_PART),
    sizeCalculation: (answer, key) =>
      OVERHEAD_BYTES + bytesOf(key) + bytesOf(answer.text) + readBytes(answer),
  });
  const looks = new Map<CachedResponse, Promise<boolean>>();
  let [hits, misses] = [0, 0];

  function look(kept: CachedResponse, holds: (answer: CachedResponse) => Promise<boolean>): Promise<boolean> {
    const known = looks.get(kept);
    if (known !== undefined) return known;
    const begun = setImmediate().then(() => {
      looks.delete(kept);
      return holds(kept);
    });
    looks.set(kept, begun);
    return begun;
  }

  return {
    find: async (question, holds) => {
      const kept = answers.get(question);
      if (kept !== undefined && (await look(kept, holds))) {
        hits++;
        return kept;
      }
      misses++;
      return undefined;
    },
    keep: (question, answer) => answers.set(question, answer),
    counts: () => ({ answers: answers.size, bytes: answers.calculatedSize, hits, misses }),
  };
}

function readBytes({ jobReads }: CachedResponse): number {
  return jobReads.reduce(
    (sum, { statement: { sql, parameters }, ids }) =>
      sum +
      READ_BYTES +
      bytesOf(sql) +
      parameters.length * PARAMETER_BYTES +
      bytesOf(JSON.stringify(parameters)) +
      bytesOf(ids),
    0,
  );
}

/** V8 keeps a text in one byte a character, or in two if one of its characters needs it. */
function bytesOf(text: string): number {
  return text.length * 2;
}

/** An answer without errors, as it is sent, and the reads that tell which jobs are in it. */
interface CachedResponse {
  readonly text: string;
  readonly jobReads: readonly JobRead[];
}

/** Whether nothing but retention can change the answer: it is about jobs by their ids. */
function isImmutable({ jobReads }: CachedResponse): boolean {
  return jobReads.length > 0 && jobReads.every(({ lasting }) => lasting);
}

/** A year, which is what "for ever" is in HTTP (RFC 9111 has no word for it). */
const FOR_EVER = "max-age=31536000, immutable";

/** What a token lets its bearer see is no proxy's to hand on to others. */
const FOR_EVER_TO_ONE = `private, ${FOR_EVER}`;

/**
 * Lets browsers and proxies keep an answer to a GET that can never change, and says so with 304 when the client has
 * it already. Only jobs that are asked for by their ids last: a list has new ones tomorrow.
 */
function setImmutableHeaders(
  answer: CachedResponse,
  { request: { http }, response, contextValue }: GraphQLRequestContext<Context>,
): void {
  if (http?.method !== "GET" || !isImmutable(answer)) return;
  // Weak: the same answer may be compressed, or of another media type.
  const etag = `W/"${createHash("sha1").update(answer.text).digest("base64url")}"`;
  response.http.headers.set("etag", etag);
  response.http.headers.set(
    "cache-control",
    contextValue.viewer === AUTH_DISABLED ? FOR_EVER : FOR_EVER_TO_ONE,
  );
  // Not its Cache-Control, by which a fetch in Node.js with this header says "no-cache" whatever it wants.
  const known = http.headers.get("if-none-match");
  if (fresh({ "if-none-match": known }, { etag })) response.http.status = 304;
}

/** The texts of answers whose data is an empty object that stands for them. */
const texts = new WeakMap<object, string>();

/** The result that `writeResult` writes as this text. */
function alreadyWritten(text: string): FormattedExecutionResult {
  const data = {};
  texts.set(data, text);
  return { data };
}

/** Writes a result as JSON, unless it is written already. */
export function stringifyResult(result: FormattedExecutionResult): string {
  return texts.get(result.data ?? {}) ?? `${JSON.stringify(result)}\n`;
}
