-- What each service of a project costs, day by day. $1 the project, $2 from when, $3 until when
with numbered as materialized (
  select id, currency, date_trunc('day', effective_at, 'UTC') as start,
    row_number() over (order by effective_at, id) as place
  from jobs
  where project = $1 and effective_at >= $2::timestamptz and effective_at < $3::timestamptz
),
points as (
  select currency, service, start, count(*) as job_count, min(total_monthly_cost) as min,
    max(total_monthly_cost) as max, trim_scale(round(round(sum(total_monthly_cost), 30) / count(*), 30)) as mean,
    -- The job's place comes first, so that the least and the greatest array hold the first and the last amount.
    (min(array[place, total_monthly_cost]))[2] as first, (max(array[place, total_monthly_cost]))[2] as last
  from numbered
  join service_costs on job_id = id
  group by currency, service, start
),
series as (
  select service, currency, (array_agg(last order by start desc))[1] as newest,
    (array_agg(first order by start))[1] as oldest,
    json_agg(
      json_build_object('start', start, 'jobCount', job_count, 'last', last::text, 'min', min::text,
        'max', max::text, 'mean', mean::text)
      order by start
    ) as points
  from points
  group by currency, service
)
select json_build_object('data', json_build_object('costTrend', json_build_object('series', (
  select json_agg(
    json_build_object('key', service, 'currency', currency, 'delta', (newest - oldest)::text, 'points', points)
    order by currency, newest desc, service
  )
  from series
))))::text
