import { beforeAll, describe, expect, it } from "vitest";
import { copyOfJob } from "../support/copied-jobs.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";
import { rowCounts } from "../support/tables.ts";

const SERVER = "results_storage_server";
const RETENTION = "results_storage_retention";
/** The owner of the tables, a superuser in the embedded PostgreSQL. */
const OWNER = undefined;

const PARTS = ["cost_results", "service_costs", "region_costs"];
const PURGE = "018f0000-0000-7000-8000-000000000000";

const service = startService();

/** A stored job of two resources. */
let job: string;

beforeAll(async () => {
  const byResource = [resource(), resource({ resourceId: "other" })];
  job = await store(service, { idempotencyKey: "key", estimate: estimate({ byResource }) });
});

/** What PostgreSQL says when a role runs a statement: the refusal, or "done". Whatever it did is undone. */
function attempt(role: string | undefined, text: string): Promise<string> {
  return sqlAs(service.databaseUrl, role, `begin; ${text}; rollback`).then(
    () => "done",
    (error: Error) => error.message,
  );
}

describe.each([
  ["jobs", "currency"],
  ["cost_results", "region"],
  ["service_costs", "resource_count"],
  ["region_costs", "resource_count"],
  ["idempotency_keys", "job_id"],
  ["purges", "asked_by"],
  ["purged_jobs", "project"],
])("What is stored in %s never changes:", (table, column) => {
  describe.each<[string, string, string]>([
    ["UPDATE", "UPDATE", `update ${table} set ${column} = ${column}`],
    ["UPDATE of no row", "UPDATE", `update ${table} set ${column} = ${column} where false`],
    ["TRUNCATE", "TRUNCATE", `truncate ${table} cascade`],
    [
      "INSERT ON CONFLICT DO UPDATE",
      "UPDATE",
      `insert into ${table} (${column}) select ${column} from ${table} where false
       on conflict on constraint ${table === "cost_results" ? "idx_cost_results_job" : `${table}_pkey`} do update set ${column} = excluded.${column}`,
    ],
    [
      "MERGE",
      "UPDATE",
      `merge into ${table} using (select) as nothing on false when matched then update set ${column} = null`,
    ],
  ])("%s", (_name, verb, statement) => {
    it("is refused to the owner, who is a superuser", async () => {
      expect(await attempt(OWNER, statement)).toBe(
        `${verb} of ${table} is refused: what is stored never changes`,
      );
    });

    it.each([SERVER, RETENTION])("is not granted to %s", async (role) => {
      expect(await attempt(role, statement)).toMatch(/^permission denied for table /);
    });
  });

  it.each(["update", "share", "key share"])("the server cannot lock a row for %s", async (strength) => {
    expect(await attempt(SERVER, `select from ${table} for ${strength}`)).toMatch(
      /^permission denied for table /,
    );
  });
});

describe("A job with a future time", () => {
  const at = (time: string) =>
    copyOfJob(job, `jsonb_build_object('id', gen_random_uuid(), 'created_at', ${time})`);

  it.each([
    ["the server", SERVER, "now() + interval '2 minutes'"],
    ["the server", SERVER, "'9999-01-01'::text"],
    ["the server", SERVER, "'infinity'::text"],
    ["the owner", OWNER, "now() + interval '2 minutes'"],
  ])("is refused to %s: %s %s", async (_who, role, time) => {
    expect(await attempt(role, at(time))).toMatch(
      /^INSERT into jobs is refused: the creation time .* is in the future$/,
    );
  });

  it("is accepted within a minute", async () => {
    expect(await attempt(SERVER, at("now() + interval '50 seconds'"))).toBe("done");
  });
});

const DENIED = expect.stringMatching(/^permission denied for table /);
const OWNERS_DELETE = /^DELETE of jobs is refused to \w+: only the role results_storage_retention may$/;
const NEVER_ALONE = /^DELETE of \w+ is refused: they go with their job, never alone$/;
const NEVER = /^DELETE of \w+ is refused: what is stored never changes$/;

describe("DELETE", () => {
  it.each([
    ["jobs", OWNERS_DELETE],
    ["cost_results", NEVER_ALONE],
    ["service_costs", NEVER_ALONE],
    ["region_costs", NEVER_ALONE],
    ["idempotency_keys", NEVER],
    ["purges", NEVER],
    ["purged_jobs", NEVER],
  ])("from %s is refused to the owner, and not granted to the server", async (table, sentence) => {
    expect(await attempt(OWNER, `delete from ${table}`)).toMatch(sentence);
    expect(await attempt(SERVER, `delete from ${table}`)).toEqual(DENIED);
  });

  it.each([...PARTS, "idempotency_keys", "purges", "purged_jobs"])(
    "from %s is not granted to retention",
    async (table) => {
      expect(await attempt(RETENTION, `delete from ${table}`)).toEqual(DENIED);
    },
  );

  it("from jobs is refused to retention outside of a purge", async () => {
    expect(await attempt(RETENTION, "delete from jobs")).toBe(
      "DELETE of jobs is refused: it belongs to no purge of results_storage",
    );
  });

  it("from jobs is refused to retention in the name of somebody else's purge", async () => {
    const [purge] = await service.sql(
      `insert into purges (id, asked_by, older_than_days, created_before, database_login)
       values (gen_random_uuid(), 'ana', 1, now(), 'ana') returning id`,
    );
    const statement = `select set_config('results_storage.purge', '${purge?.id}', true); delete from jobs`;
    expect(await attempt(RETENTION, statement)).toBe(
      "DELETE of jobs is refused: it belongs to no purge of results_storage",
    );
  });

  it("from jobs by a purge takes the whole job, and leaves a record", async () => {
    const other = await store(service);
    const before = await rowCounts(service);
    await sqlAs(
      service.databaseUrl,
      RETENTION,
      `insert into purges (id, asked_by, older_than_days, created_before) values ('${PURGE}', 'ana', 1, now());
       select set_config('results_storage.purge', '${PURGE}', true);
       delete from jobs where id = '${other}'`,
    );
    const counts = Object.entries(before ?? {}).map(([name, count]) => [
      name,
      Number(count) - (name === "keys" ? 0 : 1),
    ]);
    expect(await rowCounts(service)).toEqual(Object.fromEntries(counts));
    const records = await service.sql("select job_id, purge_id, project from purged_jobs");
    expect(records).toEqual([{ job_id: other, purge_id: PURGE, project: null }]);
  });
});

describe("The record of a purge", () => {
  it.each(["database_login", "started_at"])("is not for retention to say: %s", async (column) => {
    const statement = `insert into purges (id, asked_by, older_than_days, created_before, ${column})
      values (gen_random_uuid(), 'ana', 1, now(), default)`;
    expect(await attempt(RETENTION, statement)).toEqual(DENIED);
  });

  it("of a job is written by nobody but the database", async () => {
    const statement = `insert into purged_jobs (job_id, purge_id, created_at) values (gen_random_uuid(), '${PURGE}', now())`;
    for (const role of [SERVER, RETENTION]) expect(await attempt(role, statement)).toEqual(DENIED);
  });

  it("is not written by a trigger on somebody else's table either", async () => {
    const statement = `create temp table bait (id uuid, project text, created_at timestamptz);
      create trigger forge after delete on bait referencing old table as removed
        for each statement execute function record_purged_jobs()`;
    expect(await attempt(SERVER, statement)).toBe("permission denied for function record_purged_jobs");
  });
});

describe("A part that is added to a stored job", () => {
  const addTo = (table: string, key: string, value: string) =>
    `insert into ${table} select (jsonb_populate_record(part, '{"${key}": ${value}}')).*
     from ${table} as part where job_id = '${job}' limit 1`;

  it.each([
    ["cost_results", "cost_rank", "7"],
    ["service_costs", "service", '"another"'],
    ["region_costs", "region", '"another"'],
  ])("is refused to everybody: %s", async (table, key, value) => {
    const refusal = `INSERT into ${table} is refused: the job ${job} is stored already`;
    expect(await attempt(OWNER, addTo(table, key, value))).toBe(refusal);
    expect(await attempt(SERVER, addTo(table, key, value))).toBe(refusal);
  });

  it("is refused though a temporary table is called jobs", async () => {
    const bait = `create temp table jobs (id uuid); insert into pg_temp.jobs values ('${job}')`;
    expect(await attempt(SERVER, `${bait}; ${addTo("public.cost_results", "cost_rank", "7")}`)).toBe(
      `INSERT into cost_results is refused: the job ${job} is stored already`,
    );
  });

  it("is refused among parts of a new job", async () => {
    const statement = `${copyOfJob(job, `'{"id": "${PURGE}"}'`)};
      insert into service_costs select id, 'another', 1, 1, 0 from (values ('${PURGE}'::uuid), ('${job}')) as job (id)`;
    expect(await attempt(SERVER, statement)).toContain(`the job ${job} is stored already`);
    expect(await attempt(SERVER, statement.replace(`, ('${job}')`, ""))).toBe("done");
  });
});

it("A job and its parts can be stored by one statement", async () => {
  const statement = `with new as (
      ${copyOfJob(job, `'{"id": "${PURGE}"}'`)}
      returning id
    )
    insert into service_costs select id, 'EC2', 1, 1, 0 from new`;
  expect(await attempt(SERVER, statement)).toBe("done");
});

describe("The roles", () => {
  it("are for sessions to take, not to log in with, and have no powers of their own", async () => {
    const roles = await service.sql(
      `select rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles
       where rolname in ('${SERVER}', '${RETENTION}') order by rolname`,
    );
    const no = {
      rolcanlogin: false,
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolbypassrls: false,
    };
    expect(roles).toEqual([
      { rolname: RETENTION, ...no },
      { rolname: SERVER, ...no },
    ]);
  });
});

/** Tables that are no estimates, and whose rows may change. */
const MAY_CHANGE = ["schema_migrations", "api_tokens"];

describe("Every table, also of a later migration,", () => {
  it("refuses changes, unless it is named here", async () => {
    const unprotected = await service.sql(
      `select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
       and not exists (select from pg_trigger where tgrelid = pg_class.oid and tgname = 'refuse_change')`,
    );
    expect(unprotected.map(({ relname }) => relname)).toEqual(MAY_CHANGE);
  });

  it("that refuses changes is for the server to select and insert at most", async () => {
    const granted = await service.sql(
      `select table_name, privilege_type from information_schema.role_table_grants where grantee = '${SERVER}'
       union select table_name, privilege_type from information_schema.role_column_grants where grantee = '${SERVER}'`,
    );
    const more = granted.filter(
      ({ privilege_type }) => !["SELECT", "INSERT"].includes(String(privilege_type)),
    );
    expect(more.filter(({ table_name }) => !MAY_CHANGE.includes(String(table_name)))).toEqual([]);
  });
});
