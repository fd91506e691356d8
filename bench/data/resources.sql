-- The resources of the batch's jobs.
insert into cost_results (
  job_id, cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost,
  compute_cost, storage_cost, network_cost, other_cost, confidence_score, cost_drivers, assumptions, tags
)
select id, cost_rank, cost_rank, resource_id, resource_type, service, region, cost,
  round(cost * 0.6, 2), round(cost * 0.2, 2), round(cost * 0.1, 2),
  cost - round(cost * 0.6, 2) - round(cost * 0.2, 2) - round(cost * 0.1, 2), 0.9,
  jsonb_build_array(
    jsonb_build_object('name', 'Instance usage', 'unit', 'hours', 'monthlyQuantity', '730', 'monthlyCost', cost::text)
  ),
  '[{"name": "monthly_hrs", "value": "730"}]',
  jsonb_build_object('Name', 'r' || cost_rank, 'team', 'team-' || n % 20, 'environment', 'production')
from batch
cross join lateral pg_temp.resources(n, resource_count)
order by id, cost_rank
