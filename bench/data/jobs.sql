-- The jobs of the batch. $1 who stored them, $2 in how many projects; null: as many users as there are
insert into jobs (
  id, created_at, estimated_at, user_id, project, branch, commit_sha, pull_request_url, profile, estimator,
  terraform_plan_hash, schema_version, currency, total_monthly_cost, confidence_score, resource_count,
  unpriced_resource_count, labels, warnings
)
select id, created_at, created_at - interval '1 minute', coalesce($1, 'user-' || n % 200),
  coalesce($1, 'project') || '-' || n % $2::int, 'main', md5('commit' || n) || substr(md5('c' || n), 1, 8),
  'https://git.example.com/costs/pull/' || n, (array['DEV', 'STAGING', 'PROD'])[n % 3 + 1], 'infracost 0.10.41',
  md5('plan' || n), '1', 'USD', total, 0.9, resource_count, 0,
  jsonb_build_object('team', 'team-' || n % 20, 'pipeline', 'deploy'), '[]'
from batch
cross join lateral (select sum(cost) as total from pg_temp.resources(n, resource_count)) as totals
