import type { ComponentChildren } from "preact";
import type { Problem, QueryResult } from "../api.tsx";

/** Bars in place of content that is being loaded. */
export function Skeleton({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} />
      ))}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  /** The next step. */
  readonly children?: ComponentChildren;
}

/** An empty state: the reason, and the next step. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A failed request, with its code, its advice and a button that repeats it. */
export function Failure({ problem, reload }: { readonly problem: Problem; readonly reload: () => void }) {
  return (
    <section class="failure" role="alert">
      <h2>{problem.code}</h2>
      <p>{problem.message}</p>
      <button type="button" onClick={reload}>
        Try again
      </button>
    </section>
  );
}

interface LoadedProps<Data> {
  readonly result: QueryResult<Data>;
  readonly lines?: number;
  /** Instead of lines. */
  readonly skeleton?: ComponentChildren;
  readonly children: (data: Data) => ComponentChildren;
}

/**
 * The content of a query (the data of a failed one is null): skeletons until it is loaded, and its failure above the last
 * data.
 */
export function Loaded<Data>({ result, lines = 6, skeleton, children }: LoadedProps<Data>) {
  const { data, problem, reload } = result;
  return (
    <>
      {problem && <Failure problem={problem} reload={reload} />}
      {data ? children(data) : !problem && (skeleton ?? <Skeleton lines={lines} />)}
    </>
  );
}
