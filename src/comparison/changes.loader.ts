import DataLoader from "dataloader";
import type { Database } from "../database/database.ts";
import type { Page } from "../pagination/page.ts";
import type { ChangeKind } from "./change-kind.types.ts";
import { type Changes, type Pair, readChanges } from "./changes.queries.ts";

/** Which page of the changes of which kinds (undefined: all). */
interface ChangePage {
  readonly page: Page;
  readonly kinds: readonly ChangeKind[] | undefined;
}

/** A question about the resources of two jobs: their totals by kind, and, if a page is given, that page of them. */
export interface ChangesQuestion {
  readonly pair: Pair;
  readonly page?: ChangePage;
}

/** What is read when nobody asks for a page. */
const NO_PAGE: ChangePage = {
  kinds: [],
  page: { size: 1, backward: false, after: undefined, before: undefined },
};

/**
 * Answers such questions, each kind of question about one pair with one statement: a question for the totals
 * alone is answered by the statement that reads a page of the same pair, if there is one.
 */
export function createChangesLoader(db: Database): DataLoader<ChangesQuestion, Changes, string> {
  return new DataLoader(
    (questions) => {
      const asked = new Map<string, Promise<Changes>>();
      const ask = (question: ChangesQuestion) => {
        const key = JSON.stringify(question);
        const { page, kinds } = question.page ?? NO_PAGE;
        const answer = asked.get(key) ?? readChanges(db, { pair: question.pair, kinds }, page);
        asked.set(key, answer);
        return answer;
      };
      return Promise.all(
        questions.map((question) => ask(questions.find((other) => tellsMore(other, question)) ?? question)),
      );
    },
    { cacheKeyFn: (question) => JSON.stringify(question) },
  );
}

function tellsMore(other: ChangesQuestion, { pair, page }: ChangesQuestion): boolean {
  return (
    page === undefined && other.page !== undefined && JSON.stringify(other.pair) === JSON.stringify(pair)
  );
}
