-- What changed between two jobs: the summary, and the first 50 changes. $1 the base's id, $2 the target's
with base as (
  select *, row_number() over (partition by resource_id order by position) as nth
  from (
    select resource_id, resource_type, total_monthly_cost, cost_rank, position,
      (compute_cost, storage_cost, network_cost, other_cost) as parts
    from cost_results
    where job_id = $1::uuid
  ) as resources
),
target as (
  select *, row_number() over (partition by resource_id order by position) as nth
  from (
    select resource_id, resource_type, total_monthly_cost, cost_rank, position,
      (compute_cost, storage_cost, network_cost, other_cost) as parts
    from cost_results
    where job_id = $2::uuid
  ) as resources
),
matched as (
  select base.resource_id as base_id, target.resource_id as target_id,
    base.cost_rank as base_rank, target.cost_rank as target_rank,
    base.total_monthly_cost as base_cost, target.total_monthly_cost as target_cost,
    coalesce(base.resource_type, target.resource_type) as resource_type,
    coalesce(base.parts, target.parts) as parts,
    coalesce(base.position, target.position) as position
  from base
  full join target on target.resource_id = base.resource_id and target.nth = base.nth
),
left_over as (
  select *, row_number() over (
    partition by base_id is null, resource_type, bare_address, cost, parts order by position
  ) as nth
  from (
    select *, coalesce(base_cost, target_cost) as cost,
      regexp_replace(regexp_replace(
        coalesce(base_id, target_id), '\[("([^"\\]|\\.)*"|[0-9]+)\]', '', 'g'), '^(module\.[^.]+\.)+', ''
      ) as bare_address
    from matched
    where (base_id is null or target_id is null) and coalesce(base_cost, target_cost) is not null
  ) as one_sided
),
paired as (
  select base_id, target_id, base_rank, target_rank, base_cost, target_cost
  from matched
  where (base_id is not null and target_id is not null) or coalesce(base_cost, target_cost) is null
  union all
  select max(base_id), max(target_id), max(base_rank), max(target_rank), max(base_cost), max(target_cost)
  from left_over
  group by resource_type, bare_address, cost, parts, nth
),
changes as materialized (
  select *, coalesce(target_cost, 0) - coalesce(base_cost, 0) as amount,
    case
      when base_id is null then 'ADDED'
      when target_id is null then 'REMOVED'
      when base_id <> target_id then 'MOVED'
      when base_cost is null and target_cost is not null then 'NEWLY_PRICED'
      when base_cost is not null and target_cost is null then 'BECAME_UNPRICED'
      when base_cost <> target_cost then 'CHANGED'
      else 'UNCHANGED'
    end as change,
    case
      when base_id is null then target_cost
      when target_id is null then -base_cost
      else target_cost - base_cost
    end as delta
  from paired
),
delta as (
  select (select total_monthly_cost from jobs where id = $2::uuid)
    - (select total_monthly_cost from jobs where id = $1::uuid) as amount
),
page as (
  select coalesce(target_id, base_id) as "resourceId",
    case when base_id <> target_id then base_id end as "previousResourceId",
    change, delta::text,
    case when base_id is not null then json_build_object('totalMonthlyCost', base_cost::text) end as base,
    case when target_id is not null then json_build_object('totalMonthlyCost', target_cost::text) end as target
  from changes
  order by abs(changes.delta) desc nulls last, coalesce(target_id, base_id), target_rank, base_rank
  limit 50
)
select json_build_object('data', json_build_object('compareJobs', json_build_object(
  'delta', (select amount::text from delta),
  'summary', (
    select json_build_object(
      'added', json_build_object(
        'resourceCount', count(*) filter (where change = 'ADDED'),
        'delta', coalesce(sum(amount) filter (where change = 'ADDED'), 0)::text
      ),
      'removed', json_build_object(
        'resourceCount', count(*) filter (where change = 'REMOVED'),
        'delta', coalesce(sum(amount) filter (where change = 'REMOVED'), 0)::text
      ),
      'changed', json_build_object(
        'resourceCount', count(*) filter (where change = 'CHANGED'),
        'delta', coalesce(sum(amount) filter (where change = 'CHANGED'), 0)::text
      ),
      'moved', json_build_object(
        'resourceCount', count(*) filter (where change = 'MOVED'),
        'delta', coalesce(sum(amount) filter (where change = 'MOVED'), 0)::text
      ),
      'becameUnpriced', json_build_object(
        'resourceCount', count(*) filter (where change = 'BECAME_UNPRICED'),
        'delta', coalesce(sum(amount) filter (where change = 'BECAME_UNPRICED'), 0)::text
      ),
      'unchanged', json_build_object(
        'resourceCount', count(*) filter (where change = 'UNCHANGED'),
        'delta', coalesce(sum(amount) filter (where change = 'UNCHANGED'), 0)::text
      ),
      'unattributed', ((select amount from delta) - sum(amount))::text
    )
    from changes
  ),
  'resources', json_build_object('nodes', (select json_agg(page) from page))
)))::text
