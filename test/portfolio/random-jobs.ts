import fc from "fast-check";
import { sum } from "../../src/lib/money.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import type { TestService } from "../support/service.ts";
import type { NaiveJob, NaiveResource, Value } from "./naive-portfolio.ts";

/** Keys of tags and labels. */
export const KEYS = ["team", "a.b", "", "it's", 'quo"te', "$1", "?", "ключ"];

const VALUES: readonly Value[] = [
  { value: "shop", text: "shop" },
  { value: "Shop", text: "Shop" },
  { value: "", text: "" },
  { value: 1, text: "1" },
  { value: "1", text: "1" },
  { value: 1.5, text: "1.5" },
  { value: true, text: "true" },
  { value: null, text: "null" },
  { value: "null", text: "null" },
  { value: ["a", 1], text: '["a", 1]' },
  { value: { b: 1 }, text: '{"b": 1}' },
  { value: 'quo"te', text: 'quo"te' },
];

const values = fc
  .array(fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES)), { maxLength: 6 })
  .map((pairs) => new Map(pairs));

const amount = fc
  .tuple(fc.integer({ min: -500, max: 20_000 }), fc.integer({ min: 0, max: 5 }))
  .map(([digits, scale]) => {
    const text = String(Math.abs(digits)).padStart(scale + 1, "0");
    const point = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
    return digits < 0 ? `-${point}` : point;
  });

const TYPES: readonly (readonly [type: string, provider: string | null])[] = [
  ["aws_instance", "AWS"],
  ["aws_s3_bucket", "AWS"],
  ["AWS::EC2::Instance", "AWS"],
  ["awscc_s3_bucket", "AWS"],
  ["aws-cdk-lib.aws_ec2.Instance", "AWS"],
  ["google_compute_disk", "Google Cloud"],
  ["azurerm_linux_virtual_machine", "Microsoft"],
  ["azuread_group", "Microsoft"],
  ["datadog_monitor", null],
  ["awsome_thing", null],
];

const MODULES: readonly (readonly [prefix: string, module: string | null])[] = [
  ["", null],
  ["module.a.", "module.a"],
  ["module.a[0].", "module.a"],
  ['module.a["x.y"].module.b.', "module.a.module.b"],
  ["shop/live:module.a.", "module.a"],
  ["shop/live:", null],
];

const randomResource: fc.Arbitrary<NaiveResource> = fc
  .record({
    type: fc.constantFrom(...TYPES),
    module: fc.constantFrom(...MODULES),
    service: fc.constantFrom("EC2", "S3", "RDS", "Éks", "other"),
    region: fc.constantFrom("eu-west-1", "us-east-1", "global"),
    cost: fc.option(amount),
    tags: values,
  })
  .map(({ type: [type, provider], module: [prefix, module], ...others }) => ({
    type,
    provider,
    module,
    address: `${prefix}kind.name`,
    ...others,
  }));

const MINUTE = 60_000;

/** A range of ten days. */
export const BEGIN = Date.parse("2026-03-01T00:00:00Z");

/** Often at the same moment, so that the ids decide. */
export const randomMoment = fc.oneof(
  fc.integer({ min: 0, max: 10 * 24 * 60 }).map((minutes) => new Date(BEGIN + minutes * MINUTE)),
  fc.integer({ min: 0, max: 20 }).map((halves) => new Date(BEGIN + halves * 12 * 60 * MINUTE)),
);

/** A job to store. `estimatedAt` is often long before the moment of the store. */
const randomJob = fc
  .record({
    effectiveAt: randomMoment,
    isBackfilled: fc.boolean(),
    userId: fc.constantFrom("ann", "ben"),
    currency: fc.constantFrom("USD", "USD", "USD", "EUR"),
    project: fc.constantFrom("shop", "shop/live", "blog", "Blog", "ärger", "shop", "rare", "queue", null),
    branch: fc.constantFrom("main", "main", "main", "feature", null),
    isStated: fc.constantFrom(undefined, undefined, undefined, true, false),
    profile: fc.constantFrom("DEV" as const, "PROD" as const, null, null),
    isComplete: fc.constantFrom(true, true, true, true, false),
    isExcluded: fc.constantFrom(false, false, false, false, false, true),
    difference: fc.option(amount),
    unsupported: fc.option(fc.nat(9)),
    labels: values,
    resources: fc.array(randomResource, { maxLength: 8 }),
  })
  .map((job) => {
    if (job.project === "rare") return { ...job, branch: "feature" as const, isStated: undefined };
    return job.project === "queue" ? { ...job, branch: null, isStated: false } : job;
  });

/** Stores random jobs of a seed, in random order, and returns them as the naive portfolio needs them. */
export async function storeRandomJobs(
  service: TestService,
  number: number,
  seed: number,
): Promise<NaiveJob[]> {
  const sample = fc.sample(randomJob, { numRuns: number, seed });
  const jobs: NaiveJob[] = [];
  const moments: string[] = [];
  for (const { isBackfilled, isStated, difference, ...job } of sample) {
    const known = sum(job.resources.map(({ cost }) => cost ?? "0"));
    const total = difference === null ? known : sum([known, difference]);
    const id = await store(service, {
      userId: job.userId,
      project: job.project,
      branch: job.branch,
      isDefaultBranch: isStated ?? null,
      labels: objectOf(job.labels),
      estimate: estimate({
        totalMonthlyCost: total,
        currency: job.currency,
        profile: job.profile,
        estimatedAt: isBackfilled ? job.effectiveAt.toISOString() : null,
        isComplete: job.isComplete,
        unsupportedResourceCount: job.unsupported,
        byResource: job.resources.map((one) =>
          resource({
            resourceId: one.address,
            resourceType: one.type,
            service: one.service,
            region: one.region,
            totalMonthlyCost: one.cost,
            computeCost: one.cost,
            tags: objectOf(one.tags),
          }),
        ),
      }),
    });
    const storedAt = isBackfilled ? new Date(BEGIN + 30 * 24 * 60 * MINUTE) : job.effectiveAt;
    moments.push(`('${id}'::uuid, '${storedAt.toISOString()}'::timestamptz)`);
    const isDefaultBranch = isStated ?? (job.branch === null || job.branch === "main");
    jobs.push({ ...job, id, total, isDefaultBranch });
  }
  await pastTriggers(
    service,
    `update jobs set created_at = moment from (values ${moments.join()}) as given (id, moment) where jobs.id = given.id`,
  );
  for (const { id, isExcluded } of jobs) if (isExcluded) await exclude(service, id);
  return jobs;
}

function objectOf(map: ReadonlyMap<string, Value>): Record<string, unknown> {
  return Object.fromEntries([...map].map(([key, { value }]) => [key, value]));
}
