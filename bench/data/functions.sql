-- What the data is made of: functions of numbers only, so that every machine loads the same rows.

-- A UUIDv7, as storeEstimate gives them: in the order of time, which is what their indexes grow by.
create function pg_temp.job_id(created_at timestamptz, n bigint) returns uuid
language sql immutable as $$
  select (lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid
$$;

-- The resources of the n-th job, highest cost first: eight services, three regions.
create function pg_temp.resources(n bigint, resource_count int) returns table (
  cost_rank int, resource_id text, resource_type text, service text, region text, cost numeric
)
language sql immutable as $$
  select r, format('module.m%s["%s"].%s.r%s', r % 100, n % 10, types[r % 8 + 1], r), types[r % 8 + 1],
    services[r % 8 + 1], regions[r % 3 + 1],
    round((resource_count - r) * 10 + ((n * 7919 + r * 104729) % 1000)::numeric / 100, 2)
  from generate_series(0, resource_count - 1) as r,
    (values (
      array['aws_instance', 'aws_db_instance', 'aws_s3_bucket', 'aws_lambda_function',
        'aws_nat_gateway', 'aws_lb', 'aws_ebs_volume', 'aws_eks_cluster'],
      array['EC2', 'RDS', 'S3', 'Lambda', 'VPC', 'ELB', 'EBS', 'EKS'],
      array['eu-west-1', 'us-east-1', 'global']
    )) as names (types, services, regions)
$$;

create temporary table batch (id uuid, n bigint, created_at timestamptz, resource_count int);
