-- The 50 newest jobs of one user. $1 who
select json_build_object('data', json_build_object('jobs', json_build_object('nodes', json_agg(job))))::text
from (
  select id, created_at as "createdAt", project, branch, profile, commit_sha as "commitSha", currency,
    total_monthly_cost::text as "totalMonthlyCost", resource_count as "resourceCount",
    unpriced_resource_count as "unpricedResourceCount"
  from jobs
  where user_id = $1
  order by created_at desc, id desc
  limit 50
) as job
