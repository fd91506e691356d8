import { randomBytes } from "node:crypto";
import type { Dataset } from "../database/dataset.ts";
import { TREND } from "../database/job-sets.ts";
import type { Request } from "../measure/send.ts";
import { compare } from "./compare.ts";
import { dashboard } from "./dashboard.ts";
import { readDetails } from "./detail.ts";
import { list } from "./list.ts";
import { trendOf } from "./trend.ts";
import { inTurn, operation, type Workload } from "./workload.ts";

const OVERVIEW = `query Overview($id: ID!) {
  job(id: $id) {
    id createdAt project totalMonthlyCost
    previous { id totalMonthlyCost }
    change { delta percentageChange }
    services { service totalMonthlyCost resourceCount }
    regions { region totalMonthlyCost resourceCount }
    warnings { code message }
  }
}`;

/** A trend of a year takes a core for a second, and would leave no time for anything else. */
const TREND_DAYS = 3;
const DAY_MS = 86_400_000;

/** Texts that are new each time have comments from 1 KB up to this many. */
const LONGEST_COMMENT_KB = 16;

/** Seven kinds of query, the last of which has a new text each time. */
export function mixedReads(dataset: Dataset): ((n: number) => Request)[] {
  const ids = dataset.ordinaryIds;
  const before = new Date(Date.parse(TREND.from) + TREND_DAYS * DAY_MS).toISOString();
  const trend = trendOf({ ...TREND, before });
  return [
    ours(dashboard()),
    readDetails(ids),
    ours(list(dataset)),
    ours(compare(dataset)),
    inTurn(ids, (id) => operation(OVERVIEW, { id })),
    () => trend,
    newText,
  ];
}

function newText(n: number): Request {
  const comment = randomBytes(512 * ((n % LONGEST_COMMENT_KB) + 1)).toString("hex");
  return operation(`query NewText${n} { jobs(first: 5) { nodes { id totalMonthlyCost } } } # ${comment}`);
}

function ours({ name, requests }: Workload): (n: number) => Request {
  if (requests.us === undefined) throw new Error(`${name} has no request for the service.`);
  return requests.us;
}
