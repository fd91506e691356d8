-- One job with its 50 most expensive resources. $1 its id
select json_build_object('data', json_build_object('job', (
  select row_to_json(job) from (
    select id, created_at as "createdAt", project, branch, profile, currency,
      total_monthly_cost::text as "totalMonthlyCost", resource_count as "resourceCount",
      (
        select json_build_object('nodes', json_agg(resource)) from (
          select resource_id as "resourceId", resource_type as "resourceType", service, region,
            total_monthly_cost::text as "totalMonthlyCost", compute_cost::text as "computeCost",
            storage_cost::text as "storageCost", network_cost::text as "networkCost",
            other_cost::text as "otherCost"
          from cost_results
          where job_id = jobs.id
          order by cost_rank
          limit 50
        ) as resource
      ) as resources
    from jobs
    where id = $1::uuid
  ) as job
)))::text
