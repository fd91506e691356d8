import type { Outcome, ServedRequest } from "../served-request.ts";

/** A time series is kept for each name for as long as the process lives, and a client may choose any. */
const MOST_NAMES = 100;

/** Of all GraphQL operations beyond the first 100 names. */
const OTHER = "other";

/**
 * Labels requests by what they ask for: the operationId of a REST route, the pattern of another one, and the client's
 * name for a GraphQL operation, for the first 100 names that were served without an error.
 */
export function createOperationLabels(): (request: ServedRequest, outcome: Outcome) => string {
  const names = new Set<string>();
  return ({ operation, route }, outcome) => {
    if (operation === undefined) return route ?? "unknown";
    if (operation.kind === "rest" || names.has(operation.name)) return operation.name;
    if (outcome !== "ok" || names.size >= MOST_NAMES) return OTHER;
    names.add(operation.name);
    return operation.name;
  };
}
