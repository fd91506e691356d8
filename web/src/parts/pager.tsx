import { type Here, hrefWith } from "../route.ts";

interface PagerProps {
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly here: Here;
  readonly previous: string;
  readonly next: string;
}

/** The arguments of a connection. */
export interface Page {
  readonly first: number | null;
  readonly after: string | null;
  readonly last: number | null;
  readonly before: string | null;
}

/** The arguments of a connection for the cursor in a URL: `after` or `before`. */
export function pageOf(params: URLSearchParams, size = 20): Page {
  const [after, before] = [params.get("after"), params.get("before")];
  return before === null
    ? { first: size, after, last: null, before: null }
    : { first: null, after: null, last: size, before };
}

/** The parameters without a position: another order or filter begins with the first page. */
export const FIRST_PAGE = { after: undefined, before: undefined };

/** Links to the previous and to the next page of a list. Nothing for a list of one page. */
export function Pager({ pageInfo, here, previous, next }: PagerProps) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  // The answer to `before` or `after` tells about one direction for sure; the cursor in the URL about the other one.
  const hasPrevious = hasPreviousPage || here.params.has("after");
  const hasNext = hasNextPage || here.params.has("before");
  if (!hasPrevious && !hasNext) return null;
  return (
    <nav class="row pager" aria-label="Pages">
      {hasPrevious && startCursor !== null && (
        <a class="chip" href={hrefWith(here, { after: undefined, before: startCursor })}>
          ← {previous}
        </a>
      )}
      {hasNext && endCursor !== null && (
        <a class="chip" href={hrefWith(here, { before: undefined, after: endCursor })}>
          {next} →
        </a>
      )}
    </nav>
  );
}
