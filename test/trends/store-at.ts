import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import type { TestService } from "../support/service.ts";

/** A job to store: when, what its services (in one region each) cost, and what else the test is about. */
export interface JobAt extends Partial<StoreEstimateInput> {
  readonly at: string;
  /** By service, null where it is unknown; a total of 10.00 unless stated. */
  readonly costs?: Readonly<Record<string, string | null>>;
  readonly total?: string;
  readonly currency?: string;
  readonly profile?: "DEV" | "STAGING" | "PROD";
  readonly region?: string;
  readonly estimatedAt?: string;
  readonly isComplete?: boolean;
}

/** Stores jobs, and puts each at its moment, which only a test, from outside, can do. Returns their ids. */
export async function storeAt(service: TestService, jobs: readonly JobAt[]): Promise<string[]> {
  const ids: string[] = [];
  const moments: string[] = [];
  for (const job of jobs) {
    const { at, costs, total, currency = "USD", profile, region = "eu-west-1", ...others } = job;
    const { estimatedAt, isComplete, ...input } = others;
    const amounts = costs ?? { EC2: total ?? "10.00" };
    const byResource = Object.entries(amounts).map(([name, cost], i) =>
      resource({ resourceId: `r${i}`, service: name, region, totalMonthlyCost: cost, computeCost: cost }),
    );
    const totalMonthlyCost = total ?? Object.values(amounts)[0] ?? "0";
    const id = await store(service, {
      ...input,
      estimate: estimate({
        totalMonthlyCost,
        currency,
        byResource,
        ...(profile && { profile }),
        ...(estimatedAt !== undefined && { estimatedAt }),
        ...(isComplete !== undefined && { isComplete }),
      }),
    });
    ids.push(id);
    moments.push(`('${id}'::uuid, '${at}'::timestamptz)`);
  }
  await pastTriggers(
    service,
    `update jobs set created_at = moment from (values ${moments.join()}) as given (id, moment) where jobs.id = given.id`,
  );
  return ids;
}

/** Stores a series of totals as jobs of one project, an hour apart from the beginning of 2026 on. */
export function storeSeries(
  service: TestService,
  project: string,
  totals: readonly string[],
  fields: Partial<JobAt> = {},
): Promise<string[]> {
  const begin = Date.parse("2026-01-01T00:00:00Z");
  return storeAt(
    service,
    totals.map((total, i) => ({
      at: new Date(begin + i * 3_600_000).toISOString(),
      project,
      total,
      ...fields,
    })),
  );
}
