import { setImmediate } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { KeptAnswer } from "./kept-answer.ts";

/** An answer and its key beside their texts. Measured with 50 KB of heap a hundred. */
const OVERHEAD_BYTES = 512;

/** A read beside its texts, and each of its parameters. An answer of 50 aliases has 50 reads. */
const READ_BYTES = 256;
const PARAMETER_BYTES = 64;

/** No answer may take more of the cache than this part of it. */
const LARGEST_PART = 1 / 16;

/** What the cache holds, and how often it had what was asked for. */
export interface CacheCounts {
  readonly answers: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/** Answers by question, those asked for last. */
export interface AnswerCache {
  /**
   * The answer to the question, if it still holds. Who asks the same in one turn of the event loop shares one look,
   * which begins when the turn has ended: whatever was acknowledged before one of them asked is seen.
   */
  find(question: string, holds: (answer: KeptAnswer) => Promise<boolean>): Promise<KeptAnswer | undefined>;
  keep(question: string, answer: KeptAnswer): void;
  counts(): CacheCounts;
}

/** An empty cache; its texts, keys and statements together never exceed so many bytes. */
export function createAnswerCache(bytes: number): AnswerCache {
  const answers = new LRUCache<string, KeptAnswer>({
    maxSize: bytes,
    maxEntrySize: Math.floor(bytes * LARGEST_PART),
    sizeCalculation: (answer, key) =>
      OVERHEAD_BYTES + bytesOf(key) + bytesOf(answer.text) + readBytes(answer),
  });
  const looks = new Map<KeptAnswer, Promise<boolean>>();
  let [hits, misses] = [0, 0];

  function look(kept: KeptAnswer, holds: (answer: KeptAnswer) => Promise<boolean>): Promise<boolean> {
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

function readBytes({ jobReads }: KeptAnswer): number {
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
