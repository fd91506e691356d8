import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { createOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { readTrend } from "../../src/trends/cost-trend.sql.ts";
import { isUnknownTimeZone } from "../../src/trends/trend-intervals.sql.ts";
import { startService } from "../support/service.ts";
import { trend, tryTrend } from "./ask-trend.ts";

const service = startService();

/** A job every hour, one more than there may be points. */
beforeAll(async () => {
  await service.sql(`
    insert into jobs (id, created_at, currency, schema_version, total_monthly_cost, resource_count,
      unpriced_resource_count, labels, warnings)
    select gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 hour', 'USD', '1', n, 0, 0, '{}', '[]'
    from generate_series(0, 10000) as n`);
});

async function refusal(variables: object): Promise<string> {
  const { errors } = await tryTrend(service, variables);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
  return errors?.[0]?.message ?? "";
}

describe("A trend is refused", () => {
  it.each(["Mars/Base", "", "+02:00", "-0530", "UTC+2", "CEST", "Europe/Berlin; drop table jobs", "a\0"])(
    "in the time zone %j",
    async (timeZone) => {
      expect(await refusal({ timeZone })).toMatch(/^timeZone must be the name of an IANA time zone/);
    },
  );

  it.each([0, -1, 101])("with first: %i", async (first) => {
    expect(await refusal({ first })).toBe("first must be from 1 to 100");
  });

  it("over more than 10,000 intervals, and the message says what to change", async () => {
    const filter = { createdFrom: "2024-01-01T00:00:00Z", effectiveBefore: "2026-01-01T00:00:00Z" };
    expect(await refusal({ interval: "HOUR", filter })).toBe(
      "filter.createdFrom must leave a range of at most 10000 intervals of one HOUR up to effectiveBefore (or now); choose a later createdFrom, an earlier effectiveBefore or a longer interval",
    );
    expect(await trend(service, { interval: "DAY", filter })).toEqual([]);
  });

  it("over more than 10,000 intervals until now", async () => {
    expect(await refusal({ interval: "HOUR", filter: { createdFrom: "2001-01-01T00:00:00Z" } })).toContain(
      "filter.createdFrom must leave",
    );
  });

  it("not over 10,000 intervals exactly", async () => {
    const createdFrom = "2026-01-01T00:00:00Z";
    const after = (hours: number) => new Date(Date.parse(createdFrom) + hours * 3_600_000).toISOString();
    const over = (hours: number) => ({
      interval: "HOUR",
      filter: { createdFrom, effectiveBefore: after(hours) },
    });
    expect(await trend(service, over(10_000))).toEqual([]);
    expect(await refusal(over(10_001))).toContain("at most 10000 intervals");
  });

  it("with every problem at once", async () => {
    const message = await refusal({
      first: 0,
      maxAgeDays: 0,
      timeZone: "+02:00",
      interval: "HOUR",
      filter: { createdFrom: "2001-01-01T00:00:00Z" },
    });
    expect(message).toContain("first must");
    expect(message).toContain("maxAgeDays must");
    expect(message).toContain("timeZone must");
    expect(message).toContain("filter.createdFrom must");
  });

  it("when there are more than 10,000 points in the answer", async () => {
    expect(await refusal({ interval: "HOUR" })).toMatch(/^filter has more than 10000 points; request fewer/);
    const [series] = await trend(service, {
      interval: "HOUR",
      filter: { minTotalMonthlyCost: 1 },
    });
    expect(series?.points).toHaveLength(10_000);
  });
});

describe("A time zone", () => {
  it.each(["utc", "europe/berlin", "Asia/Kolkata", "Asia/Calcutta", "Japan", "US/Pacific", "Etc/GMT+5"])(
    "called %s is known",
    async (timeZone) => {
      expect(await trend(service, { timeZone, filter: { project: "nobody's" } })).toEqual([]);
    },
  );

  it("called CET has the summer time that PostgreSQL's abbreviation lacks", async () => {
    const filter = { createdFrom: "2020-07-01T10:00:00Z", createdBefore: "2020-07-01T11:00:00Z" };
    const [series] = await trend(service, { timeZone: "CET", filter });
    expect(series?.points[0]?.start).toBe("2020-06-30T22:00:00.000Z");
  });

  it("that PostgreSQL does not know is told from other faults", async () => {
    const orm = await createOrm({ url: service.databaseUrl, poolSize: 1, log: pino({ level: "silent" }) });
    const question = {
      filter: {},
      interval: "DAY",
      groupBy: "TOTAL",
      maxAgeDays: undefined,
      since: undefined,
      first: 1,
      withLastJob: false,
      limit: 1,
    } as const;
    const error = await readTrend(new Database(orm.em.fork()), { ...question, timeZone: "Mars/Base" }).catch(
      (fault: unknown) => fault,
    );
    await orm.close();
    expect(isUnknownTimeZone(error)).toBe(true);
    expect(isUnknownTimeZone(new Error('time zone "x" not recognized'))).toBe(false);
  });
});
