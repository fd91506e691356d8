import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import { DomainError } from "../lib/errors.ts";
import {
  type Changes,
  type ChangesRequest,
  type ComparedPair,
  hasComponents,
  readChanges,
} from "./changes.sql.ts";

/**
 * The limits of the work, as a number of resources of both jobs whose components are compared. Without components, a
 * resource is a fifth. If all of 40,000 resources have five components with another price, they take 2 s.
 */
const MAX_RESOURCES = { statement: 40_000, operation: 400_000 };
const WITHOUT_COMPONENTS = 0.2;

/** The loader of changes for one operation. */
export type ChangesLoader = DataLoader<ChangesRequest, Changes, string>;

/**
 * Loads the changes between jobs. The requests of an operation that are made at the same time share a statement, up to
 * `MAX_RESOURCES.statement`. More requests take several statements, one after the other. A statement that fails is an
 * error of its requests only.
 * @throws BadUserInput (from `load`) for a cursor of another list; DomainError QUERY_TOO_COMPLEX for more work than
 * `MAX_RESOURCES.operation`.
 */
export function createChangesLoader(db: Database): ChangesLoader {
  let done = 0;
  return new DataLoader(
    async (requests) => {
      const admitted = admittedPairs(pairsOf(requests), MAX_RESOURCES.operation - done);
      done += workOf(admitted);
      const answers = new Map<ChangesRequest, Changes | Error>();
      for (const batch of batchesOf(admitted)) {
        for (const [request, answer] of await readOrFail(db, batch)) answers.set(request, answer);
      }
      return requests.map((request) => answers.get(request) ?? tooManyResources());
    },
    { cacheKeyFn: JSON.stringify },
  );
}

async function readOrFail(
  db: Database,
  batch: readonly ComparedPair[],
): Promise<[ChangesRequest, Changes | Error][]> {
  try {
    return await readChanges(db, batch);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return batch.flatMap(({ requests }) =>
      requests.map((request): [ChangesRequest, Error] => [request, error]),
    );
  }
}

function pairsOf(requests: readonly ChangesRequest[]): ComparedPair[] {
  const byPair = Map.groupBy(requests, ({ pair }) => JSON.stringify(pair));
  return [...byPair.values()].flatMap((same) => (same[0] ? { pair: same[0].pair, requests: same } : []));
}

function workOf(pairs: readonly ComparedPair[]): number {
  const work = pairs.map((pair) => {
    const resources = pair.requests[0]?.resourceCount ?? 0;
    return hasComponents(pair) ? resources : resources * WITHOUT_COMPONENTS;
  });
  return work.reduce((sum, one) => sum + one, 0);
}

/**
 * The pairs with the requests within the limit: all requests, or those without components, or none. Their order has no
 * influence.
 */
function admittedPairs(pairs: readonly ComparedPair[], limit: number): readonly ComparedPair[] {
  if (workOf(pairs) <= limit) return pairs;
  const requests = pairs.flatMap((pair) => pair.requests);
  const plain = pairsOf(requests.filter(({ withComponents }) => withComponents !== true));
  return workOf(plain) <= limit ? plain : [];
}

function tooManyResources(): DomainError {
  const { operation } = MAX_RESOURCES;
  return new DomainError(
    "QUERY_TOO_COMPLEX",
    `The jobs to compare have too many resources. The resources of both jobs of all pairs of a request must be at most ${operation} with attribution, and ${operation / WITHOUT_COMPONENTS} without it. Request fewer pairs, or leave out the attribution.`,
  );
}

/** Splits pairs into batches within the limit of a statement. A larger pair is a batch of its own. */
function batchesOf(pairs: readonly ComparedPair[]): ComparedPair[][] {
  const batches: ComparedPair[][] = [];
  let work = Number.POSITIVE_INFINITY;
  for (const pair of pairs) {
    work += workOf([pair]);
    if (work > MAX_RESOURCES.statement) {
      batches.push([]);
      work = workOf([pair]);
    }
    batches.at(-1)?.push(pair);
  }
  return batches;
}
