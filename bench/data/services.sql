-- What each service costs in the batch's jobs.
insert into service_costs (job_id, service, total_monthly_cost, resource_count, unpriced_resource_count)
select id, service, sum(cost), count(*), 0
from batch
cross join lateral pg_temp.resources(n, resource_count)
group by id, service
order by id, service
