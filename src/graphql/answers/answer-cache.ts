import { LRUCache } from "lru-cache";
import type { KeptAnswer } from "./kept-answer.ts";

/** What an answer costs beside its text: the key's and the reads' objects, measured with 50 KB of heap a hundred. */
const OVERHEAD_BYTES = 512;

/** No answer may take more of the cache than this part of it. */
const LARGEST_PART = 1 / 16;

/** Answers by question, those asked for last; their texts, keys and statements together never exceed so many bytes. */
export type AnswerCache = LRUCache<string, KeptAnswer>;

/** An empty cache of so many bytes. */
export function createAnswerCache(bytes: number): AnswerCache {
  return new LRUCache({
    maxSize: bytes,
    maxEntrySize: Math.floor(bytes * LARGEST_PART),
    sizeCalculation: (answer, key) =>
      OVERHEAD_BYTES + bytesOf(key) + bytesOf(answer.text) + readBytes(answer),
  });
}

function readBytes({ jobReads }: KeptAnswer): number {
  return jobReads.reduce(
    (sum, { statement: { sql, parameters }, ids }) =>
      sum + bytesOf(sql) + bytesOf(JSON.stringify(parameters)) + bytesOf(ids),
    0,
  );
}

/** V8 keeps a text in one byte a character, or in two if one of its characters needs it. */
function bytesOf(text: string): number {
  return text.length * 2;
}
