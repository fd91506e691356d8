-- A job that follows the batch's only one. Of a hundred resources two are gone and five cost more; one has gone
-- into a module, and of every other hundred one has lost its price. Two in a hundred are new.
with source as (
  select batch.*, batch.created_at + interval '1 hour' as later from batch
),
job as (
  insert into jobs (
    id, created_at, estimated_at, user_id, project, branch, commit_sha, pull_request_url, profile, estimator,
    terraform_plan_hash, schema_version, currency, total_monthly_cost, confidence_score, resource_count,
    unpriced_resource_count, labels, warnings
  )
  select pg_temp.job_id(later, n + 1), later, estimated_at, user_id, project, branch, commit_sha,
    pull_request_url, profile, estimator, terraform_plan_hash, schema_version, currency,
    round(total_monthly_cost * 1.01, 2), confidence_score, jobs.resource_count,
    jobs.resource_count / 200, labels, warnings
  from source join jobs using (id)
  returning id
),
kept as (
  select position, resource_type, service, region, cost_drivers, assumptions, tags, storage_cost, network_cost,
    other_cost, case when position % 100 = 11 then 'module.moved.' else '' end || resource_id as resource_id,
    compute_cost + more as compute_cost,
    case when position % 200 <> 13 then total_monthly_cost + more end as total_monthly_cost
  from source
  join cost_results on cost_results.job_id = source.id
  cross join lateral (select case when position % 20 = 3 then 1.25 else 0 end as more) as increase
  where position % 50 <> 7
  union all
  select position + resource_count, resource_type, service, region, cost_drivers, assumptions, tags,
    storage_cost, network_cost, other_cost, resource_id || '_new', compute_cost, total_monthly_cost
  from source
  join cost_results on cost_results.job_id = source.id
  where position % 50 = 7
)
insert into cost_results (
  job_id, cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost,
  compute_cost, storage_cost, network_cost, other_cost, confidence_score, cost_drivers, assumptions, tags
)
select job.id, row_number() over (order by total_monthly_cost desc nulls last, position) - 1, position,
  resource_id, resource_type, service, region, total_monthly_cost, compute_cost, storage_cost, network_cost,
  other_cost, 0.9, cost_drivers, assumptions, tags
from kept cross join job
