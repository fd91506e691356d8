-- A database that commit 0096cbc filled and sealed in form 1: its schema and its rows, by pg_dump 15 --inserts --no-owner.
CREATE FUNCTION public.record_purged_jobs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    declare
      purge uuid := nullif(current_setting('results_storage.purge', true), '');
    begin
      if not exists (select from purges where id = purge and database_login = session_user) then
        raise exception 'DELETE of jobs is refused: it belongs to no purge of %', session_user
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      insert into purged_jobs (job_id, purge_id, project, created_at)
        select id, purge, project, created_at from removed;
      return null;
    end $$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin
      raise exception '% of % is refused: what is stored never changes', tg_op, tg_table_name
        using errcode = 'restrict_violation';
    end $$;
CREATE FUNCTION public.refuse_delete_of_job() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin
      if current_user <> 'results_storage_retention' then
        raise exception 'DELETE of jobs is refused to %: only the role results_storage_retention may', current_user
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      return null;
    end $$;
CREATE FUNCTION public.refuse_delete_of_part() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ begin
      if exists (select from removed join jobs on jobs.id = removed.job_id) then
        raise exception 'DELETE of % is refused: they go with their job, never alone', tg_table_name
          using errcode = 'restrict_violation', hint = 'Old jobs go with: results-storage purge';
      end if;
      return null;
    end $$;
CREATE FUNCTION public.refuse_late_part() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    declare
      job uuid;
    begin
      for job in select distinct job_id from added loop
        perform from jobs where id = job and xmin = pg_current_xact_id()::xid;
        if not found then
          raise exception 'INSERT into % is refused: the job % is stored already', tg_table_name, job
            using errcode = 'restrict_violation', hint = 'A job and its parts are stored in one transaction';
        end if;
      end loop;
      return null;
    end $$;
CREATE TABLE public.api_tokens (
    id uuid NOT NULL,
    name text NOT NULL,
    hash_prefix bytea NOT NULL,
    hash bytea NOT NULL,
    scope text NOT NULL,
    projects text[],
    user_id text,
    created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp(3) with time zone,
    revoked_at timestamp(3) with time zone,
    last_used_at timestamp(3) with time zone,
    CONSTRAINT api_tokens_scope_known CHECK ((scope = ANY (ARRAY['read'::text, 'write'::text, 'admin'::text])))
);
CREATE TABLE public.cost_results (
    job_id uuid NOT NULL,
    cost_rank integer NOT NULL,
    "position" integer NOT NULL,
    resource_id text NOT NULL,
    resource_type text NOT NULL,
    service text NOT NULL,
    region text NOT NULL,
    total_monthly_cost numeric,
    compute_cost numeric NOT NULL,
    storage_cost numeric NOT NULL,
    network_cost numeric NOT NULL,
    other_cost numeric NOT NULL,
    confidence_score double precision,
    cost_drivers jsonb NOT NULL,
    assumptions jsonb NOT NULL,
    tags jsonb NOT NULL
);
CREATE TABLE public.idempotency_keys (
    key text NOT NULL,
    job_id uuid NOT NULL,
    request_hash bytea NOT NULL,
    created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    namespace text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.jobs (
    id uuid NOT NULL,
    created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    estimated_at timestamp(3) with time zone,
    user_id text,
    project text,
    branch text,
    commit_sha text,
    pull_request_url text,
    profile text,
    estimator text,
    terraform_plan_hash text,
    schema_version text NOT NULL,
    currency text NOT NULL,
    total_monthly_cost numeric NOT NULL,
    confidence_score double precision,
    resource_count integer NOT NULL,
    unpriced_resource_count integer NOT NULL,
    labels jsonb NOT NULL,
    warnings jsonb NOT NULL,
    CONSTRAINT jobs_profile_known CHECK ((profile = ANY (ARRAY['DEV'::text, 'STAGING'::text, 'PROD'::text])))
);
CREATE TABLE public.purged_jobs (
    job_id uuid NOT NULL,
    purge_id uuid NOT NULL,
    project text,
    created_at timestamp(3) with time zone NOT NULL,
    purged_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL
);
CREATE TABLE public.purges (
    id uuid NOT NULL,
    started_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
    database_login text DEFAULT SESSION_USER NOT NULL,
    asked_by text NOT NULL,
    older_than_days integer NOT NULL,
    created_before timestamp(3) with time zone NOT NULL,
    keep_latest integer,
    project text
);
CREATE TABLE public.region_costs (
    job_id uuid NOT NULL,
    region text NOT NULL,
    total_monthly_cost numeric NOT NULL,
    resource_count integer NOT NULL,
    unpriced_resource_count integer NOT NULL,
    services jsonb NOT NULL
);
CREATE TABLE public.schema_migrations (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    executed_at timestamp(6) with time zone DEFAULT CURRENT_TIMESTAMP(6) NOT NULL
);
CREATE SEQUENCE public.schema_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.schema_migrations_id_seq OWNED BY public.schema_migrations.id;
CREATE TABLE public.seals (
    "position" integer NOT NULL,
    kind text NOT NULL,
    job_id uuid NOT NULL,
    job_created_at timestamp(3) with time zone NOT NULL,
    form integer NOT NULL,
    content_hash bytea NOT NULL,
    newest_created_at timestamp(3) with time zone NOT NULL,
    sealed_at timestamp(3) with time zone NOT NULL,
    entry_hash bytea NOT NULL,
    CONSTRAINT seals_kind_known CHECK ((kind = ANY (ARRAY['SEALED'::text, 'PURGED'::text])))
);
CREATE TABLE public.service_costs (
    job_id uuid NOT NULL,
    service text NOT NULL,
    total_monthly_cost numeric NOT NULL,
    resource_count integer NOT NULL,
    unpriced_resource_count integer NOT NULL
);
ALTER TABLE ONLY public.schema_migrations ALTER COLUMN id SET DEFAULT nextval('public.schema_migrations_id_seq'::regclass);
INSERT INTO public.cost_results VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 0, 1, 'aws_s3_bucket.a', 'aws_s3_bucket', 'S3', 'global', 12.000000000000000000000000000001, 0, 12.000000000000000000000000000001, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 1, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 1.50, 1.50, 0, 0, 0, 0.5, '[{"name": "hours", "value": 730}]', '["on demand"]', '{"size": 1.5, "team": "shop"}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 2, 2, 'aws_lambda_function.a', 'aws_lambda_function', 'Lambda', 'eu-west-1', NULL, 0, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4dc3-75b6-8b10-a41855240363', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4dc3-75b6-8b10-a41855240363', 1, 1, 'aws_instance.b', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4dcd-72d0-bd57-13cb3573df73', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4dd5-706d-a5cc-c0117f114ab8', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4ddd-73dd-85f9-a33d62d4719e', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4de5-74fd-8c1f-135f6c3ca1e8', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-4e01-7457-b110-6015f0e7e4c8', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 10.00, 10.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.cost_results VALUES ('01a21d9f-6c66-7781-ba34-d46ff07d2313', 0, 0, 'aws_instance.web', 'aws_instance', 'EC2', 'eu-west-1', 11.00, 11.00, 0, 0, 0, NULL, '[]', '[]', '{}');
INSERT INTO public.idempotency_keys VALUES ('run-1', '01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', '\xb7859230da032add4f831654afbf766e59f127259a1f87653537ba4e3dd9d63f', '2026-11-27 15:28:29.073+00', '');
INSERT INTO public.jobs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', '2026-11-27 15:28:29.074+00', '2026-11-20 10:15:00+00', 'ana', 'shop', 'main', 'c0ffee', NULL, 'PROD', 'infracost 0.10.41', 'abc', '1', 'USD', 13.500000000000000000000000000001, 0.9, 3, 1, '{"": [true, null, 1.5], "team": "platform"}', '[{"code": "A_CODE", "message": "A message."}]');
INSERT INTO public.jobs VALUES ('01a21d9f-4db6-73ae-a241-a4a16b3925da', '2026-11-27 15:28:29.114+00', NULL, 'ana', 'shop', 'main', NULL, NULL, 'PROD', NULL, NULL, '1', 'USD', 0, NULL, 0, 0, '{}', '[{"code": "PROJECT_ERROR", "message": "shop: free run quota used up"}]');
INSERT INTO public.jobs VALUES ('01a21d9f-4dc3-75b6-8b10-a41855240363', '2026-11-27 15:28:29.126+00', '2027-06-01 00:00:00+00', 'ana', 'shop', 'main', NULL, NULL, 'PROD', NULL, NULL, '1', 'USD', 20.00, NULL, 2, 0, '{}', '[]');
INSERT INTO public.jobs VALUES ('01a21d9f-4dcd-72d0-bd57-13cb3573df73', '2026-11-27 15:28:29.134+00', NULL, NULL, 'shop', 'feature', NULL, 'https://git.example.com/shop/pull/7', NULL, NULL, NULL, '1', 'USD', 10.00, NULL, 1, 0, '{}', '[]');
INSERT INTO public.jobs VALUES ('01a21d9f-4dd5-706d-a5cc-c0117f114ab8', '2026-11-27 15:28:29.143+00', NULL, NULL, 'shop', 'main', NULL, 'https://git.example.com/shop/pull/8', NULL, NULL, NULL, '1', 'USD', 10.00, NULL, 1, 0, '{}', '[]');
INSERT INTO public.jobs VALUES ('01a21d9f-4ddd-73dd-85f9-a33d62d4719e', '2026-11-27 15:28:29.151+00', NULL, NULL, 'Zürich/Käse', NULL, NULL, NULL, NULL, NULL, NULL, '1', 'CHF', 10.00, NULL, 1, 0, '{}', '[]');
INSERT INTO public.jobs VALUES ('01a21d9f-4de5-74fd-8c1f-135f6c3ca1e8', '2026-11-27 15:28:29.167+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '1', 'EUR', 10.00, NULL, 1, 0, '{"no": "project"}', '[]');
INSERT INTO public.jobs VALUES ('01a21d9f-4e01-7457-b110-6015f0e7e4c8', '2026-11-27 15:28:29.19+00', NULL, NULL, 'fork', 'trunk', NULL, NULL, NULL, NULL, NULL, '1', 'USD', 11.00, NULL, 1, 0, '{}', '[{"code": "TOTAL_MISMATCH", "message": "The total is 11.00, the resources add up to 10.00."}]');
INSERT INTO public.jobs VALUES ('01a21d9f-6c66-7781-ba34-d46ff07d2313', '2026-11-27 15:28:36.97+00', NULL, 'ana', 'shop', 'main', NULL, NULL, NULL, NULL, NULL, '1', 'USD', 11.00, NULL, 1, 0, '{}', '[]');
INSERT INTO public.purged_jobs VALUES ('01a21d9f-2af4-7615-89a1-ccd14b087650', '01a21d9f-afd7-7624-8d56-b37392a9fa9e', 'shop', '2025-10-23 15:28:20.216+00', '2026-11-27 15:28:54.264+00');
INSERT INTO public.purged_jobs VALUES ('01a21d9f-2b39-77a6-a1dd-7e8306d641da', '01a21d9f-afd7-7624-8d56-b37392a9fa9e', NULL, '2025-10-23 15:28:21.283+00', '2026-11-27 15:28:54.264+00');
INSERT INTO public.purges VALUES ('01a21d9f-afd7-7624-8d56-b37392a9fa9e', '2026-11-27 15:28:54.239+00', 'owner', 'ana', 365, '2025-11-27 15:28:54.23+00', NULL, NULL);
INSERT INTO public.region_costs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 'eu-west-1', 1.50, 2, 1, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "1.50"}, {"service": "Lambda", "resourceCount": 1, "totalMonthlyCost": "0"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 'global', 12.000000000000000000000000000001, 1, 0, '[{"service": "S3", "resourceCount": 1, "totalMonthlyCost": "12.000000000000000000000000000001"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4dc3-75b6-8b10-a41855240363', 'eu-west-1', 20.00, 2, 0, '[{"service": "EC2", "resourceCount": 2, "totalMonthlyCost": "20.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4dcd-72d0-bd57-13cb3573df73', 'eu-west-1', 10.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "10.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4dd5-706d-a5cc-c0117f114ab8', 'eu-west-1', 10.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "10.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4ddd-73dd-85f9-a33d62d4719e', 'eu-west-1', 10.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "10.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4de5-74fd-8c1f-135f6c3ca1e8', 'eu-west-1', 10.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "10.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-4e01-7457-b110-6015f0e7e4c8', 'eu-west-1', 10.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "10.00"}]');
INSERT INTO public.region_costs VALUES ('01a21d9f-6c66-7781-ba34-d46ff07d2313', 'eu-west-1', 11.00, 1, 0, '[{"service": "EC2", "resourceCount": 1, "totalMonthlyCost": "11.00"}]');
INSERT INTO public.schema_migrations VALUES (1, '20261123-create-estimates', '2026-11-27 15:28:19.437345+00');
INSERT INTO public.schema_migrations VALUES (2, '20261125-1-protect-estimates', '2026-11-27 15:28:19.437345+00');
INSERT INTO public.schema_migrations VALUES (3, '20261125-2-integrity', '2026-11-27 15:28:19.437345+00');
INSERT INTO public.schema_migrations VALUES (4, '20261125-3-access', '2026-11-27 15:28:19.437345+00');
INSERT INTO public.seals VALUES (1, 'SEALED', '01a21d9f-2af4-7615-89a1-ccd14b087650', '2025-10-23 15:28:20.216+00', 1, '\xcaab78356b87546dabfef5ddab1d4ec4cc390841e2e10eba1df6ee5e597b4f2f', '2025-10-23 15:28:20.216+00', '2026-11-27 15:28:23.787+00', '\x93ddccf375c7f3baf02094a59f32826426a5505b64470684da6fbf45131af254');
INSERT INTO public.seals VALUES (2, 'SEALED', '01a21d9f-2b39-77a6-a1dd-7e8306d641da', '2025-10-23 15:28:21.283+00', 1, '\xeaf539d6b0436f9cfa1356f1826197353098bb65b43cd91f4ea5b60f8b9b5aa5', '2025-10-23 15:28:21.283+00', '2026-11-27 15:28:23.787+00', '\xb996d68b56812c815605fb4d3089ba416e0094e8ee0fa6cb2e62746d3040deb8');
INSERT INTO public.seals VALUES (3, 'SEALED', '01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', '2026-11-27 15:28:29.074+00', 1, '\x9fe613dae675e5f04356f40eade1876c97764de4980effb1e456a6e7413abd8b', '2026-11-27 15:28:29.074+00', '2026-11-27 15:28:29.175+00', '\x9886da1fa17e1b01eed65251a13c0db6c84a96c7652aacc58b38728c4b07b464');
INSERT INTO public.seals VALUES (4, 'SEALED', '01a21d9f-4db6-73ae-a241-a4a16b3925da', '2026-11-27 15:28:29.114+00', 1, '\xc9dd8f3ac94eada5789e98edd1879d12c8a04748b87c9de86a4894487f32b931', '2026-11-27 15:28:29.114+00', '2026-11-27 15:28:29.175+00', '\xd4e4d7af4a1ee0cf1ab586e0cbce4dbbbcf39c0d9b71e9f3414270999050a52f');
INSERT INTO public.seals VALUES (5, 'SEALED', '01a21d9f-4dc3-75b6-8b10-a41855240363', '2026-11-27 15:28:29.126+00', 1, '\xc3fc1ee545b536cdd972381395c40fc765c20712d795281f86b8e0f9a05f12b4', '2026-11-27 15:28:29.126+00', '2026-11-27 15:28:29.175+00', '\x0facad3f5d44ceaaa949cb0690bbdd91d2412cf0a747a61b025d9d01d2f463f4');
INSERT INTO public.seals VALUES (6, 'SEALED', '01a21d9f-4dcd-72d0-bd57-13cb3573df73', '2026-11-27 15:28:29.134+00', 1, '\x9d1e3c128993c1600edbda47b3f19d8ecd7f1cea940f0234fe64578e5253f45c', '2026-11-27 15:28:29.134+00', '2026-11-27 15:28:29.175+00', '\xe660132b47555d88091bb37b263f88f97c9b8d7f10bd83390877a8ff6b7f405e');
INSERT INTO public.seals VALUES (7, 'SEALED', '01a21d9f-4dd5-706d-a5cc-c0117f114ab8', '2026-11-27 15:28:29.143+00', 1, '\x5401fce78eb0c3dfb11c54b13317e0b86f3057d3845976e4977d57894c0d8aa3', '2026-11-27 15:28:29.143+00', '2026-11-27 15:28:29.175+00', '\x81b86ac047d1982ae19b717ee2640ed901bd700b18c55d384d1469b5aa72c23d');
INSERT INTO public.seals VALUES (8, 'SEALED', '01a21d9f-4ddd-73dd-85f9-a33d62d4719e', '2026-11-27 15:28:29.151+00', 1, '\x4b327b76f041eeb92d0411429f3cea8f75447ece5d0b0c13ed0b5e08cab1d8f8', '2026-11-27 15:28:29.151+00', '2026-11-27 15:28:29.175+00', '\xc8bbe778b00d4a9504c9c1ef64e5032701ff66f5e486fd952ccd8a22250680f9');
INSERT INTO public.seals VALUES (9, 'SEALED', '01a21d9f-4de5-74fd-8c1f-135f6c3ca1e8', '2026-11-27 15:28:29.167+00', 1, '\x85099c8311174fc772a9afb6723d7834163845536d4796c4675f2e929eed7314', '2026-11-27 15:28:29.167+00', '2026-11-27 15:28:29.175+00', '\x749621c382387e61353d257615ab9286d03a02cfdcf02885b8a5e5cb7631d20a');
INSERT INTO public.seals VALUES (10, 'SEALED', '01a21d9f-4e01-7457-b110-6015f0e7e4c8', '2026-11-27 15:28:29.19+00', 1, '\x47c8813db2a61e074df8edc236300b20a6deb6aff8f44ded20bb42dd6992cbee', '2026-11-27 15:28:29.19+00', '2026-11-27 15:28:30.785+00', '\xcd557c8b1bd8075fc0f686016869d57b275014ebe10d5ae8c1733a57065daee8');
INSERT INTO public.seals VALUES (11, 'PURGED', '01a21d9f-2af4-7615-89a1-ccd14b087650', '2025-10-23 15:28:20.216+00', 1, '\xcaab78356b87546dabfef5ddab1d4ec4cc390841e2e10eba1df6ee5e597b4f2f', '2026-11-27 15:28:29.19+00', '2026-11-27 15:28:54.256+00', '\x42b621dd3e813d86a7e98ebd28718d915ec728d57e3ff87070dd2424518f397d');
INSERT INTO public.seals VALUES (12, 'PURGED', '01a21d9f-2b39-77a6-a1dd-7e8306d641da', '2025-10-23 15:28:21.283+00', 1, '\xeaf539d6b0436f9cfa1356f1826197353098bb65b43cd91f4ea5b60f8b9b5aa5', '2026-11-27 15:28:29.19+00', '2026-11-27 15:28:54.256+00', '\x8946f67b95544ef1b8a36a4394c557cbf39d78f06acc7b1dd22b0076f855f04e');
INSERT INTO public.service_costs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 'EC2', 1.50, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 'S3', 12.000000000000000000000000000001, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4d8d-744f-89fd-522f4c9b2b3c', 'Lambda', 0, 1, 1);
INSERT INTO public.service_costs VALUES ('01a21d9f-4dc3-75b6-8b10-a41855240363', 'EC2', 20.00, 2, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4dcd-72d0-bd57-13cb3573df73', 'EC2', 10.00, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4dd5-706d-a5cc-c0117f114ab8', 'EC2', 10.00, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4ddd-73dd-85f9-a33d62d4719e', 'EC2', 10.00, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4de5-74fd-8c1f-135f6c3ca1e8', 'EC2', 10.00, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-4e01-7457-b110-6015f0e7e4c8', 'EC2', 10.00, 1, 0);
INSERT INTO public.service_costs VALUES ('01a21d9f-6c66-7781-ba34-d46ff07d2313', 'EC2', 11.00, 1, 0);
SELECT pg_catalog.setval('public.schema_migrations_id_seq', 4, true);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cost_results
    ADD CONSTRAINT cost_results_pkey PRIMARY KEY (job_id, cost_rank);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (namespace, key);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.purged_jobs
    ADD CONSTRAINT purged_jobs_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY public.purges
    ADD CONSTRAINT purges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.region_costs
    ADD CONSTRAINT region_costs_pkey PRIMARY KEY (job_id, region);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.seals
    ADD CONSTRAINT seals_job_id_kind_unique UNIQUE (job_id, kind);
ALTER TABLE ONLY public.seals
    ADD CONSTRAINT seals_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.service_costs
    ADD CONSTRAINT service_costs_pkey PRIMARY KEY (job_id, service);
CREATE INDEX idx_api_tokens_hash ON public.api_tokens USING btree (hash_prefix);
CREATE UNIQUE INDEX idx_api_tokens_name ON public.api_tokens USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX idx_cost_results_cost ON public.cost_results USING btree (total_monthly_cost);
CREATE INDEX idx_idempotency_keys_job ON public.idempotency_keys USING btree (job_id);
CREATE INDEX idx_jobs_branch ON public.jobs USING btree (branch, created_at, id);
CREATE INDEX idx_jobs_created ON public.jobs USING btree (created_at, id);
CREATE INDEX idx_jobs_currency ON public.jobs USING btree (currency, created_at, id);
CREATE INDEX idx_jobs_plan ON public.jobs USING btree (terraform_plan_hash, created_at, id);
CREATE INDEX idx_jobs_profile ON public.jobs USING btree (profile, created_at, id);
CREATE INDEX idx_jobs_project ON public.jobs USING btree (project, created_at, id);
CREATE INDEX idx_jobs_series ON public.jobs USING btree (project, COALESCE(branch, ''::text), COALESCE(profile, ''::text), currency, created_at, id) WHERE (project IS NOT NULL);
CREATE INDEX idx_jobs_total ON public.jobs USING btree (total_monthly_cost, id);
CREATE INDEX idx_jobs_user ON public.jobs USING btree (user_id, created_at, id);
CREATE INDEX idx_purged_jobs_purge ON public.purged_jobs USING btree (purge_id);
CREATE TRIGGER record_purged AFTER DELETE ON public.jobs REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.record_purged_jobs();
CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.cost_results FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.idempotency_keys FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.jobs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.purged_jobs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.purges FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.region_costs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.seals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR TRUNCATE ON public.service_costs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER refuse_delete AFTER DELETE ON public.cost_results REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete_of_part();
CREATE TRIGGER refuse_delete BEFORE DELETE ON public.jobs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete_of_job();
CREATE TRIGGER refuse_delete AFTER DELETE ON public.region_costs REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete_of_part();
CREATE TRIGGER refuse_delete AFTER DELETE ON public.service_costs REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete_of_part();
CREATE TRIGGER refuse_late AFTER INSERT ON public.cost_results REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_late_part();
CREATE TRIGGER refuse_late AFTER INSERT ON public.region_costs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_late_part();
CREATE TRIGGER refuse_late AFTER INSERT ON public.service_costs REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_late_part();
ALTER TABLE ONLY public.cost_results
    ADD CONSTRAINT cost_results_job_id_foreign FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.purged_jobs
    ADD CONSTRAINT purged_jobs_purge_id_foreign FOREIGN KEY (purge_id) REFERENCES public.purges(id);
ALTER TABLE ONLY public.region_costs
    ADD CONSTRAINT region_costs_job_id_foreign FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.service_costs
    ADD CONSTRAINT service_costs_job_id_foreign FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
GRANT USAGE ON SCHEMA public TO results_storage_server;
GRANT USAGE ON SCHEMA public TO results_storage_retention;
REVOKE ALL ON FUNCTION public.record_purged_jobs() FROM PUBLIC;
GRANT SELECT ON TABLE public.api_tokens TO results_storage_server;
GRANT UPDATE(last_used_at) ON TABLE public.api_tokens TO results_storage_server;
GRANT SELECT,INSERT ON TABLE public.cost_results TO results_storage_server;
GRANT SELECT ON TABLE public.cost_results TO results_storage_retention;
GRANT SELECT,INSERT ON TABLE public.idempotency_keys TO results_storage_server;
GRANT SELECT,INSERT ON TABLE public.jobs TO results_storage_server;
GRANT SELECT,DELETE ON TABLE public.jobs TO results_storage_retention;
GRANT SELECT ON TABLE public.purged_jobs TO results_storage_server;
GRANT SELECT ON TABLE public.purged_jobs TO results_storage_retention;
GRANT SELECT ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(id) ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(asked_by) ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(older_than_days) ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(created_before) ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(keep_latest) ON TABLE public.purges TO results_storage_retention;
GRANT INSERT(project) ON TABLE public.purges TO results_storage_retention;
GRANT SELECT,INSERT ON TABLE public.region_costs TO results_storage_server;
GRANT SELECT ON TABLE public.region_costs TO results_storage_retention;
GRANT SELECT ON TABLE public.schema_migrations TO results_storage_server;
GRANT SELECT ON TABLE public.schema_migrations TO results_storage_retention;
GRANT SELECT,INSERT ON TABLE public.seals TO results_storage_server;
GRANT SELECT,INSERT ON TABLE public.seals TO results_storage_retention;
GRANT SELECT,INSERT ON TABLE public.service_costs TO results_storage_server;
GRANT SELECT ON TABLE public.service_costs TO results_storage_retention;
