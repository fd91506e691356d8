import { withClient } from "./cluster.ts";

/** Who stores in the bench; by this name it is found again. */
export const STORING_USER = "bench-store";

/** Takes away what was stored, so that every run begins with the same rows. */
export async function removeStored(url: string): Promise<void> {
  await withClient(url, async (client) => {
    // Past foreign keys and past whatever trigger keeps stored jobs from being deleted.
    await client.query("set session_replication_role = replica");
    await client.query("create temporary table stored as select id from jobs where user_id = $1", [
      STORING_USER,
    ]);
    for (const table of ["cost_results", "service_costs", "region_costs"]) {
      await client.query(`delete from ${table} where job_id in (select id from stored)`);
    }
    const { rowCount } = await client.query("delete from jobs where id in (select id from stored)");
    if (rowCount !== 0) await client.query("vacuum (analyze)");
    await client.query("checkpoint");
  });
}

/** All that is stored of a job, without what no two jobs have in common: its id and its times. */
export async function storedRows(url: string, jobId: string): Promise<unknown> {
  return withClient(url, async (client) => {
    const { rows } = await client.query(
      `select to_jsonb(jobs) - 'id' - 'created_at' - 'effective_at' as job,
         (select jsonb_agg(to_jsonb(r) - 'job_id' order by cost_rank) from cost_results r where job_id = id) as resources,
         (select jsonb_agg(to_jsonb(s) - 'job_id' order by service) from service_costs s where job_id = id) as services,
         (select jsonb_agg(to_jsonb(r) - 'job_id' order by region) from region_costs r where job_id = id) as regions
       from jobs where id = $1`,
      [jobId],
    );
    return rows[0];
  });
}
