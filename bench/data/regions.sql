-- What each region costs in the batch's jobs.
insert into region_costs (
  job_id, region, total_monthly_cost, resource_count, unpriced_resource_count, services
)
select id, region, sum(cost), sum(resource_count), 0,
  jsonb_agg(
    jsonb_build_object('service', service, 'totalMonthlyCost', cost::text, 'resourceCount', resource_count)
    order by cost desc
  )
from (
  select id, region, service, sum(cost) as cost, count(*) as resource_count
  from batch
  cross join lateral pg_temp.resources(n, batch.resource_count)
  group by id, region, service
) as by_service
group by id, region
order by id, region
