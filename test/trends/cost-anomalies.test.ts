import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { readSeriesHistory } from "../../src/trends/series-history.sql.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { storeAt, storeSeries } from "./store-at.ts";

const service = startService();

const ANOMALIES = `query ($filter: JobFilter, $window: Int, $sensitivity: Float, $first: Int) {
  costAnomalies(filter: $filter, window: $window, sensitivity: $sensitivity, first: $first) {
    job { id totalMonthlyCost createdAt currency }
    expected lowerBound upperBound score direction reason reasonCode
    drivers { key change baseMonthlyCost targetMonthlyCost delta percentageChange }
  }
}`;

async function anomalies(variables: object) {
  const { data, errors } = await service.query(ANOMALIES, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.costAnomalies;
}

/** The totals that are out of line in a project, newest first, each with its code. */
async function outOfLine(project: string, variables: object = {}): Promise<string[]> {
  const found = await anomalies({ filter: { project }, ...variables });
  return found.map(
    ({ job, reasonCode }: { job: { totalMonthlyCost: string }; reasonCode: string }) =>
      `${job.totalMonthlyCost} ${reasonCode}`,
  );
}

const FLAT = ["100.00", "100.00", "100.00", "100.00", "100.00", "100.00"];

describe("The anomalies of a series", () => {
  it("of one step are the step, with all that is said of it", async () => {
    const ids = await storeSeries(service, "step", [
      ...FLAT,
      "150.00",
      "150.00",
      "151.00",
      "150.00",
      "150.00",
    ]);
    expect(await anomalies({ filter: { project: "step" } })).toEqual([
      {
        job: {
          id: ids[6],
          totalMonthlyCost: "150.00",
          createdAt: "2026-01-01T06:00:00.000Z",
          currency: "USD",
        },
        expected: "100.00",
        lowerBound: "95.00",
        upperBound: "105.00",
        score: null,
        direction: "INCREASE",
        reason:
          "LEVEL_SHIFT: 150.00 USD where 95.00 to 105.00 was expected; the next 4 jobs stay, the last at 150.00.",
        reasonCode: "LEVEL_SHIFT",
        drivers: [
          {
            key: "EC2",
            change: "CHANGED",
            baseMonthlyCost: "100.00",
            targetMonthlyCost: "150.00",
            delta: "50.00",
            percentageChange: 50,
          },
        ],
      },
    ]);
  });

  it("of a spike are the spike", async () => {
    await storeSeries(service, "spike", [...FLAT, "40.00", "100.00"]);
    expect(await anomalies({ filter: { project: "spike" } })).toMatchObject([
      {
        direction: "DECREASE",
        reason: "SPIKE: 40.00 USD where 95.00 to 105.00 was expected; the next job is back, at 100.00.",
      },
    ]);
  });

  it("of a step and its end are both, the newer first", async () => {
    const up = ["200", "200", "200", "200", "200"];
    await storeSeries(service, "there and back", [...FLAT, ...up, ...FLAT]);
    expect(await outOfLine("there and back")).toEqual(["100.00 LEVEL_SHIFT", "200 LEVEL_SHIFT"]);
  });

  it("that goes neither back nor stays is an outlier", async () => {
    await storeSeries(service, "wild", [...FLAT, "200", "300", "50"]);
    const [, , first] = await anomalies({ filter: { project: "wild" } });
    expect(first.reason).toBe(
      "OUTLIER: 200 USD where 95 to 105 was expected; the next jobs neither go back nor stay: 300, 50.",
    );
  });

  it("at the end is a level shift if the history was flat, else an outlier", async () => {
    await storeSeries(service, "end of flat", [...FLAT, "150"]);
    // The median is 100, the deviations are 2 1 0 1 2, the MAD is 1: the score is 0.6745 * 50, and the bounds are
    // at max(3.5 / 0.6745 x (1 + 10 / 5), 5 per cent, 1.00), of which the first is 5.1890 x 3.
    await storeSeries(service, "end of varied", ["98", "99", "100", "101", "102", "150"]);
    expect(await outOfLine("end of flat")).toEqual(["150 LEVEL_SHIFT"]);
    expect(await anomalies({ filter: { project: "end of varied" } })).toMatchObject([
      {
        expected: "100",
        lowerBound: "84.433",
        upperBound: "115.567",
        score: 33.725,
        reason:
          "OUTLIER: 150 USD where 84.433 to 115.567 was expected; no job follows yet, and the history varies.",
      },
    ]);
  });

  it("with fewer than five jobs before them do not exist", async () => {
    await storeSeries(service, "short", ["1", "1", "1", "1", "900"]);
    expect(await outOfLine("short")).toEqual([]);
  });
});

describe("Series", () => {
  it.each([
    ["branch", { branch: "feature" }],
    ["profile", { profile: "PROD" as const }],
    ["currency", { currency: "EUR" }],
  ])("of another %s do not mix", async (name, other) => {
    const project = `by ${name}`;
    await storeSeries(service, project, FLAT);
    await storeSeries(service, project, [...FLAT.map(() => "900"), "905", "500"], other);
    expect(await outOfLine(project)).toEqual(["500 LEVEL_SHIFT"]);
  });

  it("need a project", async () => {
    await storeAt(
      service,
      [...FLAT, "900"].map((total, i) => ({ at: `2026-01-01T0${i}:00Z`, userId: "loner", total })),
    );
    expect(await anomalies({ filter: { userId: "loner" } })).toEqual([]);
  });
});

describe("The filter of anomalies", () => {
  beforeAll(async () => {
    await storeSeries(service, "filtered", [...FLAT, "150", "150", "150", "150", "150", "300"]);
  });

  it.each([
    [
      "history before createdFrom counts",
      { createdFrom: "2026-01-01T06:00:00Z" },
      ["300 LEVEL_SHIFT", "150 LEVEL_SHIFT"],
    ],
    [
      "a step before createdFrom is not found again after it",
      { createdFrom: "2026-01-01T07:00:00Z" },
      ["300 LEVEL_SHIFT"],
    ],
    [
      "what follows createdBefore says what became of it",
      { createdBefore: "2026-01-01T07:00:00Z" },
      ["150 LEVEL_SHIFT"],
    ],
    ["createdBefore is left out", { createdBefore: "2026-01-01T06:00:00Z" }, []],
    [
      "a cost restricts which jobs are judged, not their history",
      { minTotalMonthlyCost: "200" },
      ["300 LEVEL_SHIFT"],
    ],
    ["it can match nothing", { minTotalMonthlyCost: "9000" }, []],
  ])("%s", async (_name, filter, expected) => {
    expect(await outOfLine("filtered", { filter: { project: "filtered", ...filter } })).toEqual(expected);
  });

  it("leaves a series with an unknown value in a condition alone", async () => {
    expect(await outOfLine("", { filter: { project: "filtered", userId: "nobody" } })).toEqual([]);
  });
});

describe("The members of a series", () => {
  /** Changes a job in a way that only another feature, or a test from outside, can. */
  const change = (id: string | undefined, assignment: string) =>
    pastTriggers(service, `update jobs set ${assignment} where id = '${id}'`);

  it("do not include an incomplete job: it is neither an anomaly nor history", async () => {
    const ids = await storeSeries(service, "failed run", [...FLAT, "0", "100", "150"]);
    await change(ids[6], "stated_complete = false");
    expect(await outOfLine("failed run")).toEqual(["150 LEVEL_SHIFT"]);
  });

  it("do not include an excluded job", async () => {
    const ids = await storeSeries(service, "excluded", [...FLAT, "900", "100"]);
    expect(await outOfLine("excluded")).toEqual(["900 SPIKE"]);
    await service.sql(
      `insert into job_exclusions (job_id, number, is_excluded, reason) values ('${ids[6]}', 1, true, 'wrong plan')`,
    );
    expect(await outOfLine("excluded")).toEqual([]);
  });

  it("have the order of their estimates, also if they are stored later", async () => {
    const ids = await storeSeries(service, "backfill", ["150", ...FLAT, "151"]);
    // In the order of storing, 150 comes first, and 151 is a step.
    expect(await outOfLine("backfill")).toEqual(["151 LEVEL_SHIFT"]);
    await change(ids[0], "created_at = '2026-03-01', estimated_at = '2026-01-01T06:30Z'");
    expect(await outOfLine("backfill")).toEqual(["150 LEVEL_SHIFT"]);
  });
});

describe("The number of anomalies", () => {
  it("can be limited to the newest ones", async () => {
    await storeSeries(service, "limited", [...FLAT, "200", "100", "300", "100", "400", "100"]);
    expect(await outOfLine("limited", { first: 2 })).toEqual(["400 SPIKE", "300 SPIKE"]);
    expect(await outOfLine("limited", { first: null })).toHaveLength(3);
    expect(await outOfLine("limited", { first: 1_000 })).toHaveLength(3);
  });
});

describe("The drivers of an anomaly", () => {
  it("are the three services that changed most, also new and vanished ones, and none that did not", async () => {
    const before = { EC2: "50", S3: "20", RDS: "10", EKS: "15", SQS: "5" };
    const after = { EC2: "50", S3: "21", RDS: "110", Lambda: "30", SQS: "3" };
    const jobs = [...FLAT.map(() => before), after].map((costs, i) => ({
      at: `2026-02-01T0${i}:00Z`,
      project: "drivers",
      total: i < 6 ? "100" : "214",
      costs,
    }));
    await storeAt(service, jobs);
    const [{ drivers }] = await anomalies({ filter: { project: "drivers" } });
    expect(
      drivers.map(({ key, change, delta }: Record<string, string>) => `${key} ${change} ${delta}`),
    ).toEqual(["RDS CHANGED 100", "Lambda ADDED 30", "EKS REMOVED -15"]);
  });

  it("are none when the totals changed and no service did", async () => {
    const jobs = [...FLAT, "500"].map((total, i) => ({
      at: `2026-02-02T0${i}:00Z`,
      project: "unattributed",
      total,
      costs: { EC2: "10" },
    }));
    await storeAt(service, jobs);
    expect(await anomalies({ filter: { project: "unattributed" } })).toMatchObject([{ drivers: [] }]);
  });

  it.each([1, 4])("of %i anomalies and their jobs are read by three SQL statements in all", async (count) => {
    const project = `${count} spikes`;
    const spikes = Array.from({ length: count }, (_, i) => [`${200 + i}`, "100", "100"]).flat();
    await storeSeries(service, project, [...FLAT, ...spikes]);
    let found: unknown[] = [];
    const statements = await statementsOf(async () => {
      found = await anomalies({ filter: { project } });
    });
    expect(found).toHaveLength(count);
    expect(statements).toEqual(["trends.seriesHistory", "jobs.byId", "jobs.services"]);
  });
});

describe("Anomalies are refused", () => {
  it.each([
    [{ window: 4 }, "window must be from 5 to 200"],
    [{ window: 201 }, "window must be from 5 to 200"],
    [{ first: 0 }, "first must be from 1 to 1000"],
    [{ first: 1_001 }, "first must be from 1 to 1000"],
    [{ sensitivity: 0 }, "sensitivity must be a number above 0"],
    [{ sensitivity: -1, window: 0 }, "window must be from 5 to 200; sensitivity must be a number above 0"],
  ])("with %j", async (variables, message) => {
    const { errors } = await service.query(ANOMALIES, variables);
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: "BAD_USER_INPUT" } });
  });

  it("of more than 100,000 jobs, which is said when they have been read and no further", async () => {
    // Random ids and the indexes of other queries would make the statement take eight times as long.
    await pastTriggers(
      service,
      `do $$ declare other regclass; begin
         for other in select indexrelid from pg_index where indrelid = 'jobs'::regclass and not indisprimary
           and indexrelid <> 'idx_jobs_series'::regclass
         loop execute 'drop index ' || other; end loop;
       end $$;
       insert into jobs (id, created_at, project, branch, currency, schema_version, total_monthly_cost,
         resource_count, unpriced_resource_count, labels, warnings, shard_key)
       select uuidv7(), timestamptz '2020-01-01' + n * interval '1 minute', 'many', 'main', 'USD', '1', 1,
         0, 0, '{}', '[]', 0
       from generate_series(0, 100000) as n`,
    );
    const ask = (effectiveFrom: string) =>
      service.query(ANOMALIES, { filter: { project: "many", effectiveFrom } });
    expect((await ask("2020-01-01T00:00:00Z")).errors?.[0]?.message).toMatch(
      /^filter matches more than 100000 jobs/,
    );
    // With the 40 jobs before them, these are 100,000.
    const from = new Date(Date.UTC(2020, 0, 1, 0, 41)).toISOString();
    expect((await ask(from)).errors).toBeUndefined();
    const orm = await createOrm({ url: service.databaseUrl, poolSize: 1, log: pino({ level: "silent" }) });
    const read = await readSeriesHistory(
      new Database(orm.em.fork()),
      {},
      { before: 40, after: 4, limit: 13 },
    );
    await orm.close();
    expect(read).toHaveLength(13);
  });
});
