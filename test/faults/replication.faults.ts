import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { query, until } from "../database/embedded/server-process.ts";
import { keyFiles } from "../integrity/key-files.ts";
import { run } from "../support/command-line.ts";
import { exitCodeOf, serve, urlOf } from "../support/served.ts";
import { type ReplicatedPostgres, replicatedPostgres } from "../support/standby.ts";
import { store } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

/** Connections that are silent for 6 s are closed; sealing would wait for the standby as well. */
const SETTINGS = {
  DATABASE_STATEMENT_TIMEOUT_S: "1",
  DATABASE_IDLE_TIMEOUT_S: "1",
  DATABASE_LOCK_TIMEOUT_S: "1",
  SHUTDOWN_GRACE_S: "1",
  SEAL_INTERVAL_SECONDS: "0",
};

const UNAVAILABLE = { failure: "SERVICE_UNAVAILABLE" };

/** The backends that have committed on the primary and wait for the standby. */
async function waiting({ primaryUrl }: ReplicatedPostgres): Promise<number[]> {
  const found = await query(
    primaryUrl,
    "select pid from pg_stat_activity where wait_event = 'SyncRep' order by xact_start",
  );
  return (found as { pid: number }[]).map(({ pid }) => pid);
}

function untilWaiting(postgres: ReplicatedPostgres, count: number): Promise<void> {
  return until(async () => (await waiting(postgres)).length === count, EVENT_TIMEOUT_MS);
}

/** The keys that are stored on one of the two PostgreSQLs, with their jobs. */
async function storedOn(url: string): Promise<Map<string, string>> {
  const found = await query(url, "select key, job_id from idempotency_keys join jobs on jobs.id = job_id");
  return new Map((found as { key: string; job_id: string }[]).map(({ key, job_id }) => [key, job_id]));
}

async function endWaits(postgres: ReplicatedPostgres, by: string): Promise<void> {
  for (const pid of await waiting(postgres)) await query(postgres.primaryUrl, `select ${by}(${pid})`);
}

async function mend(postgres: ReplicatedPostgres): Promise<void> {
  postgres.link.mend();
  await postgres.caughtUp();
  await untilWaiting(postgres, 0);
}

describe("A store whose synchronous standby is away", () => {
  const postgres = replicatedPostgres();

  it("is acknowledged when the standby has it, and no sooner, however often it is repeated", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS }));
    postgres.link.cut();
    expect(await store(url, "repeated")).toEqual(UNAVAILABLE);
    expect(await store(url, "repeated")).toEqual(UNAVAILABLE);
    expect(await waiting(postgres)).toHaveLength(1);
    await mend(postgres);
    const { jobId } = (await store(url, "repeated")) as { jobId: string };
    expect((await storedOn(postgres.standbyUrl)).get("repeated")).toBe(jobId);
  });

  it.each(["pg_cancel_backend", "pg_terminate_backend"])(
    "is not acknowledged when an administrator ends its wait by %s, and its retry waits again",
    async (end) => {
      // Would suppress the warning that tells a cancelled wait from a confirmed COMMIT.
      await query(postgres.primaryUrl, "alter role all set client_min_messages = error");
      const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS }));
      postgres.link.cut();
      const first = store(url, end);
      await untilWaiting(postgres, 1);
      await endWaits(postgres, end);
      expect(await first).toEqual(UNAVAILABLE);
      expect((await storedOn(postgres.primaryUrl)).has(end)).toBe(true);

      const retry = store(url, end);
      await untilWaiting(postgres, 1);
      await endWaits(postgres, end);
      expect(await retry).toEqual(UNAVAILABLE);

      const last = store(url, end);
      await untilWaiting(postgres, 1);
      expect((await storedOn(postgres.standbyUrl)).has(end)).toBe(false);
      await mend(postgres);
      const { jobId } = (await last) as { jobId: string };
      expect((await storedOn(postgres.standbyUrl)).get(end)).toBe(jobId);
    },
  );

  it("is not acknowledged to a retry after a restart of the primary before the standby has it", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS }));
    postgres.link.cut();
    const first = store(url, "restart");
    await untilWaiting(postgres, 1);
    await postgres.restartPrimary();
    expect(await first).toEqual(UNAVAILABLE);
    expect((await storedOn(postgres.primaryUrl)).has("restart")).toBe(true);
    const retry = store(url, "restart");
    await untilWaiting(postgres, 1);
    expect((await storedOn(postgres.standbyUrl)).has("restart")).toBe(false);
    await mend(postgres);
    const { jobId } = (await retry) as { jobId: string };
    expect((await storedOn(postgres.standbyUrl)).get("restart")).toBe(jobId);
  });

  it("is no conflict for another estimate with its key before the standby has it", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS }));
    postgres.link.cut();
    const first = store(url, "conflict");
    await untilWaiting(postgres, 1);
    await endWaits(postgres, "pg_cancel_backend");
    await first;
    const other = store(url, "conflict", { project: "another" });
    await untilWaiting(postgres, 1);
    await mend(postgres);
    expect(await other).toEqual({ failure: "IDEMPOTENCY_CONFLICT" });
  });

  it("goes on waiting when its client hangs up", async () => {
    const server = serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS });
    const url = await urlOf(server);
    postgres.link.cut();
    const hangUp = new AbortController();
    const hungUp = store(url, "hung up", { signal: hangUp.signal });
    await untilWaiting(postgres, 1);
    hangUp.abort();
    expect(await hungUp).toEqual({ failure: "no answer" });
    await until(async () => server.stderr.includes('"status":499'), EVENT_TIMEOUT_MS);
    expect(await store(url, "hung up")).toEqual(UNAVAILABLE);
    expect(await waiting(postgres)).toHaveLength(1);
    await mend(postgres);
    expect((await storedOn(postgres.standbyUrl)).has("hung up")).toBe(true);
  });

  it("goes on waiting when the server is told to stop, which ends without acknowledging it", async () => {
    const server = serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS });
    const url = await urlOf(server);
    postgres.link.cut();
    const storing = store(url, "stopped");
    await untilWaiting(postgres, 1);
    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
    expect(await storing).toEqual({ failure: "no answer" });
    expect(await waiting(postgres)).toHaveLength(1);
    await mend(postgres);
  });
});

describe("A seal whose synchronous standby is away", () => {
  const postgres = replicatedPostgres();

  it("does not keep the server from ending", async () => {
    const first = serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS });
    expect(await store(await urlOf(first), "sealed later")).toHaveProperty("jobId");
    postgres.link.cut();
    const server = serve({ DATABASE_URL: postgres.primaryUrl, SHUTDOWN_GRACE_S: "1" });
    await urlOf(server);
    await untilWaiting(postgres, 1);
    server.child.kill("SIGTERM");
    expect(await exitCodeOf(server)).toBe(0);
    expect(server.stderr).not.toContain("the database was silent");
    expect(await waiting(postgres)).toHaveLength(1);
  });
});

describe("A command whose synchronous standby is away", () => {
  const postgres = replicatedPostgres();
  const env = () => ({ DATABASE_URL: postgres.primaryUrl });

  it("signs no checkpoint of a chain that the standby does not have", async () => {
    const url = await urlOf(serve({ ...env(), ...SETTINGS }));
    const { privateKey } = await keyFiles();
    expect(await store(url, "sealed")).toHaveProperty("jobId");
    expect(await run(["checkpoint", "--key", privateKey], { env: env() })).toMatchObject({ code: 0 });
    postgres.link.cut();
    const checkpoint = run(["checkpoint", "--key", privateKey], { env: env() });
    await untilWaiting(postgres, 1);
    await endWaits(postgres, "pg_cancel_backend");
    expect(await checkpoint).toMatchObject({ code: 1, stdout: "" });
    await mend(postgres);
  });

  it("prints no token that the standby does not have", async () => {
    postgres.link.cut();
    const create = run(["token", "create", "--name", "ci", "--scope", "read"], { env: env() });
    await untilWaiting(postgres, 1);
    await endWaits(postgres, "pg_cancel_backend");
    expect(await create).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("has not confirmed the COMMIT"),
    });
    await mend(postgres);
  });

  it("says of no token that it is revoked before the standby has it", async () => {
    postgres.link.cut();
    const revoke = run(["token", "revoke", "ci"], { env: env() });
    await untilWaiting(postgres, 1);
    await endWaits(postgres, "pg_cancel_backend");
    expect(await revoke).toMatchObject({ code: 1, stdout: "" });
    const again = run(["token", "revoke", "ci"], { env: env() });
    await untilWaiting(postgres, 1);
    await mend(postgres);
    expect(await again).toMatchObject({ code: 2, stderr: expect.stringContaining("There is no token") });
  });

  it("begins no purge whose record the standby does not have", async () => {
    postgres.link.cut();
    const purge = run(["purge", "--older-than", "1d", "--json"], { env: env() });
    await untilWaiting(postgres, 1);
    await endWaits(postgres, "pg_cancel_backend");
    expect(await purge).toMatchObject({ code: 1, stdout: "" });
    await mend(postgres);
  });
});

describe("Stores while the link to the standby breaks at random, and waits are ended", () => {
  const postgres = replicatedPostgres();

  it("are on the promoted standby with the same content, if they were acknowledged", async () => {
    const url = await urlOf(serve({ DATABASE_URL: postgres.primaryUrl, ...SETTINGS }));
    const acknowledged = new Map<string, string>();
    let stopped = false;
    let refusals = 0;
    const client = async (index: number) => {
      for (let count = 0; !stopped; count++) {
        const key = `client ${index}, store ${count}`;
        while (!stopped && !acknowledged.has(key)) {
          const outcome = await store(url, key);
          if ("jobId" in outcome) acknowledged.set(key, outcome.jobId);
          else refusals++;
        }
      }
    };
    const clients = Promise.all(Array.from({ length: 5 }, (_, index) => client(index)));
    const breakLink = async () => {
      postgres.link.cut();
      await sleep(Math.random() * 500);
      const ends = ["pg_cancel_backend", "pg_terminate_backend", undefined];
      const end = ends[Math.floor(Math.random() * ends.length)];
      if (end !== undefined) await endWaits(postgres, end);
    };
    while (acknowledged.size < 50) {
      await breakLink();
      postgres.link.mend();
      await sleep(Math.random() * 200);
    }
    // From now on for good: nothing that is acknowledged can reach the standby later.
    const before = refusals;
    while (refusals < before + 20) await breakLink();
    stopped = true;
    await endWaits(postgres, "pg_terminate_backend");
    await clients;
    await postgres.promote();
    const found = await storedOn(postgres.standbyUrl);
    for (const [key, job] of acknowledged) expect([key, found.get(key)]).toEqual([key, job]);
    const jobs = [...acknowledged.values()];
    expect(await contentsOf(postgres.standbyUrl, jobs)).toEqual(await contentsOf(postgres.primaryUrl, jobs));
  });
});

/** Every row of these jobs, as one hash for each table. */
function contentsOf(url: string, jobs: readonly string[]): Promise<unknown[]> {
  const tables = { jobs: "id", cost_results: "job_id", service_costs: "job_id", region_costs: "job_id" };
  const hashes = Object.entries(tables).map(
    ([table, id]) => `
      select '${table}' as name, count(*), md5(string_agg(stored::text, ';' order by stored::text)) as hash
      from ${table} as stored where ${id} in ('${jobs.join("', '")}')`,
  );
  return query(url, hashes.join(" union all "));
}
