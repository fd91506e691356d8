-- The 20 newest jobs with what their services and regions cost.
select json_build_object('data', json_build_object('jobs', json_build_object('nodes', json_agg(job))))::text
from (
  select id, created_at as "createdAt", project, branch, currency, total_monthly_cost::text as "totalMonthlyCost",
    resource_count as "resourceCount", unpriced_resource_count as "unpricedResourceCount",
    (
      select json_agg(total) from (
        select service, total_monthly_cost::text as "totalMonthlyCost", resource_count as "resourceCount"
        from service_costs
        where job_id = jobs.id
        order by total_monthly_cost desc, service
      ) as total
    ) as services,
    (
      select json_agg(total) from (
        select region, total_monthly_cost::text as "totalMonthlyCost", resource_count as "resourceCount"
        from region_costs
        where job_id = jobs.id
        order by total_monthly_cost desc, region
      ) as total
    ) as regions
  from jobs
  order by created_at desc, id desc
  limit 20
) as job
