import type { Request } from "../measure/send.ts";
import type { Kind } from "../servers/contenders.ts";

/** The targets of issues 4 (warm) and 16. */
export interface Mark {
  readonly state: "warm" | "cold" | "";
  /** At least so many times PostGraphile's throughput. */
  readonly throughput?: number;
  /** At most so many times the limit's processor time, PostgreSQL's included. */
  readonly cpu?: number;
}

/** One question, in the language of each contender that can answer it. */
export interface Workload {
  /** Its letter in the issue, and which variant; what --only takes. */
  readonly name: string;
  readonly title: string;
  /** With how many connections at a time it is asked. */
  readonly connections: readonly number[];
  /** The n-th request, counted from 0. */
  readonly requests: Readonly<Partial<Record<Kind, (n: number) => Request>>>;
  readonly marks: readonly Mark[];
  /** Whether ours is also measured with its cache off. */
  readonly cacheMatters: boolean;
  /** What the answers of all contenders must be equal in; the answers themselves unless it is stated. */
  readonly compared?: (answer: unknown) => Promise<unknown>;
}

/** The numbers of connections that the issue asks for. */
export const DEFAULT_CONNECTIONS = [1, 16, 64];

/** A GraphQL operation as a request. */
export function operation(query: string, variables: object = {}): Request {
  return { path: "/graphql", body: JSON.stringify({ query, variables }) };
}

/** A call of one of the limit's statements. */
export function statement(name: string, ...parameters: readonly unknown[]): Request {
  return { path: `/${name}`, body: JSON.stringify(parameters) };
}

/** Takes the values in turn. */
export function inTurn<Value, Result>(
  values: readonly Value[],
  make: (value: Value) => Result,
): (n: number) => Result {
  return (n) => {
    const value = values[n % values.length];
    if (value === undefined) throw new Error("The list of values is empty.");
    return make(value);
  };
}
