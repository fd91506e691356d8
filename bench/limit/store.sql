-- Stores once more what a job holds: the bare INSERT ... SELECT of the same rows. $1 the job's id
with job as (
  insert into jobs (
    id, estimated_at, user_id, project, branch, commit_sha, pull_request_url, profile, estimator,
    terraform_plan_hash, schema_version, currency, total_monthly_cost, confidence_score, resource_count,
    unpriced_resource_count, labels, warnings, stated_complete, unsupported_resource_count, stated_default_branch,
    run_id, run_url, commit_url, committed_at, commit_message, commit_author, pull_request_title, target_branch,
    shard_key
  )
  select uuidv7(), estimated_at, user_id, project, branch, commit_sha, pull_request_url, profile, estimator,
    terraform_plan_hash, schema_version, currency, total_monthly_cost, confidence_score, resource_count,
    unpriced_resource_count, labels, warnings, stated_complete, unsupported_resource_count, stated_default_branch,
    run_id, run_url, commit_url, committed_at, commit_message, commit_author, pull_request_title, target_branch,
    shard_key
  from jobs
  where id = $1::uuid
  returning id, shard_key
),
resources as (
  insert into cost_results (
    job_id, cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost,
    compute_cost, storage_cost, network_cost, other_cost, confidence_score, cost_drivers, assumptions, tags,
    shard_key
  )
  select job.id, cost_rank, position, resource_id, resource_type, service, region, total_monthly_cost,
    compute_cost, storage_cost, network_cost, other_cost, confidence_score, cost_drivers, assumptions, tags,
    job.shard_key
  from cost_results cross join job
  where job_id = $1::uuid
),
services as (
  insert into service_costs (
    job_id, service, total_monthly_cost, resource_count, unpriced_resource_count, shard_key
  )
  select job.id, service, total_monthly_cost, resource_count, unpriced_resource_count, job.shard_key
  from service_costs cross join job
  where job_id = $1::uuid
),
regions as (
  insert into region_costs (
    job_id, region, total_monthly_cost, resource_count, unpriced_resource_count, services, shard_key
  )
  select job.id, region, total_monthly_cost, resource_count, unpriced_resource_count, services, job.shard_key
  from region_costs cross join job
  where job_id = $1::uuid
)
select json_build_object('data', json_build_object('storeEstimate', json_build_object(
  'created', true, 'job', json_build_object('id', id)
)))::text
from job
