-- A batch of jobs at equal distances of time.
-- $1 the first's number, $2 the last's, $3 when number 0 is, $4 the distance, $5 how many resources each has
insert into batch (id, n, created_at, resource_count)
select pg_temp.job_id(created_at, n), n, created_at, $5
from (
  select n, date_trunc('milliseconds', $3::timestamptz + n * $4::interval) as created_at
  from generate_series($1::bigint, $2::bigint) as n
) as times
