import { type Sql, sql } from "../database/sql.ts";
import type { TrendGroup, TrendInterval } from "./trend.ts";

/** The amounts of the jobs in `matching`, each with its key, and whether there is more of unknown cost. A name is never empty, so '' stands for "none". */
export function amountsBy(groupBy: TrendGroup): Sql<unknown> {
  switch (groupBy) {
    case "TOTAL":
      return ofJobs(sql`'total'`);
    case "PROJECT":
      return ofJobs(sql`coalesce(project, '')`);
    case "PROFILE":
      return ofJobs(sql`coalesce(profile, '')`);
    case "SERVICE":
      return sql`
        select place, currency, service as key, start, service_costs.total_monthly_cost as amount,
          service_costs.unpriced_resource_count > 0 as unpriced
        from matching join service_costs on job_id = id`;
    case "REGION":
      return sql`
        select place, currency, region as key, start, region_costs.total_monthly_cost as amount,
          region_costs.unpriced_resource_count > 0 as unpriced
        from matching join region_costs on job_id = id`;
  }
}

function ofJobs(key: Sql<string>): Sql<unknown> {
  return sql`
    select place, currency, ${key} as key, start, total_monthly_cost as amount,
      unpriced_resource_count > 0 as unpriced
    from matching`;
}

/**
 * What each interval of each (currency, key) holds. Arrays compare by their first element, the job's place, which
 * no two amounts of a key share: the least and the greatest hold the first and the last amount. The sum gets 30
 * fraction digits before it is divided, because a quotient has as many as its dividend.
 */
export function summaryOf(amounts: Sql<unknown>): Sql<unknown> {
  return sql`
    select currency, key, start, count(*) as job_count,
      count(*) filter (where unpriced) as unpriced_job_count, min(amount) as min, max(amount) as max,
      trim_scale(round(round(sum(amount), 30) / count(*), 30)) as mean,
      (min(array[place, amount]))[2] as first, (max(array[place, amount]))[2] as last
    from ${amounts}
    group by currency, key, start`;
}

/**
 * The instant at which an interval begins. Where clocks are put back to or across midnight, midnight comes twice, and
 * date_trunc gives the second; the day begins with the first. An hour that comes twice is two hours.
 */
export function earliestStart(interval: TrendInterval, timeZone: string): Sql<Date> {
  if (interval === "HOUR") return sql`start`;
  const localTime = (moment: Sql<Date>) => sql`(${moment} at time zone ${timeZone}::text)`;
  const hourBefore = sql<Date>`(start - interval '1 hour')`;
  return sql`case when ${localTime(hourBefore)} = ${localTime(sql`start`)} then ${hourBefore} else start end`;
}
