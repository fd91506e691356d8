import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "graphql-sse";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { until } from "../database/embedded/server-process.ts";
import { startChain } from "../integrity/chain.ts";
import { insertOldJobs } from "../retention/old-jobs.ts";
import { purgeOlderThan, startRetention } from "../retention/purging.ts";
import { store } from "../support/estimates.ts";
import { exclude } from "../support/exclusions.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { observed } from "../support/statements.ts";
import { closeStreams, firstEvent, JOB_STORED, openStream } from "../support/streams.ts";
import { transactionPooler } from "../support/transaction-pooler.ts";

const ENVIRONMENT = { SEAL_INTERVAL_SECONDS: "0", STREAM_HEARTBEAT_S: "1" };
const service = startService(ENVIRONMENT);
const chain = startChain(service);

/** Another server on the same database. */
let other: Awaited<ReturnType<typeof createApp>>;
const startOther = (databaseUrl: string) =>
  createApp(
    readConfig({ PORT: "0", DATABASE_URL: databaseUrl, AUTH: "none", ...ENVIRONMENT }),
    databaseUrl,
    pino({ level: "silent" }),
  );
beforeAll(async () => {
  other = await startOther(service.databaseUrl);
});
afterAll(() => other.close());

/** Stores a job for each project, in this order, and seals them. */
async function storeSealed(...projects: string[]): Promise<void> {
  for (const project of projects) await store(service, { project });
  await chain.seal();
}

/** Only the jobs of a test, beside others. */
const filtered = (test: string, after?: string) => ({
  variables: { filter: { projectPrefix: `${test}/` }, after },
});

describe.concurrent("A stream of stored jobs", () => {
  it("begins with a cursor at once, and then has each sealed job in the order of the chain", async () => {
    const stream = await openStream(service, filtered("order"));
    expect(await firstEvent(stream)).toMatchObject({ job: null, isGap: false });
    await storeSealed("order/1", "order/2", "order/3");
    expect(await stream.projects(3)).toEqual(["order/1", "order/2", "order/3"]);
    expect(stream.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
  });

  it("has the jobs that match its filter, and its cursor passes the others", async () => {
    const some = await openStream(service, filtered("match"));
    const start = await firstEvent(some);
    await storeSealed("other", "match/1", "another", "match/2", "last");
    expect(await some.projects(2)).toEqual(["match/1", "match/2"]);
    const beat = (await some.next())?.data?.jobStored;
    expect(beat).toMatchObject({ job: null, isGap: false });
    expect(beat?.cursor).not.toBe(start.cursor);
    const next = await openStream(service, filtered("match", beat?.cursor));
    await storeSealed("match/3");
    expect(await next.projects(1)).toEqual(["match/3"]);
  });

  it("continues after a cursor on any server, and shows a job once", async () => {
    const first = await openStream(service, filtered("resume"));
    await firstEvent(first);
    await storeSealed("resume/1", "resume/2");
    const events = await first.jobs(2);
    first.close();
    await storeSealed("resume/3", "resume/4");
    const resumed = await openStream(other, filtered("resume", events[1]?.cursor));
    expect(await firstEvent(resumed)).toMatchObject({ cursor: events[1]?.cursor, job: null, isGap: false });
    expect(await resumed.projects(2)).toEqual(["resume/3", "resume/4"]);
    await storeSealed("resume/5");
    expect(await resumed.projects(1)).toEqual(["resume/5"]);
    const earlier = await openStream(service, filtered("resume", events[0]?.cursor));
    expect(await earlier.projects(4)).toEqual(["resume/2", "resume/3", "resume/4", "resume/5"]);
  });

  it("has a gap when its cursor is of no entry, and then continues at the end", async () => {
    for (const after of ["", "no cursor", "0".repeat(64)]) {
      const stream = await openStream(service, { variables: { after } });
      const first = await firstEvent(stream);
      expect(first).toMatchObject({ job: null, isGap: true });
      const next = await openStream(service, { variables: { after: first.cursor } });
      expect(await firstEvent(next)).toMatchObject({ cursor: first.cursor, isGap: false });
    }
  });

  it("is read by the client of graphql-sse", async () => {
    const client = createClient({ url: `${service.url}/graphql/stream`, retryAttempts: 0 });
    const request = { query: JOB_STORED, ...filtered("client") };
    const results = client.iterate<{ jobStored: { job: { project: string } | null } }>(request);
    await results.next();
    await storeSealed("client/1");
    let project: string | undefined;
    while (project === undefined) project = (await results.next()).value?.data?.jobStored.job?.project;
    expect(project).toBe("client/1");
    client.dispose();
  });
});

describe("A stream of another chain", () => {
  const old = startService(ENVIRONMENT);
  const oldChain = startChain(old);
  const retention = startRetention(old);

  it("sends a cursor when nothing happens, in the interval of the heartbeat", async () => {
    const stream = await openStream(old);
    const { cursor } = await firstEvent(stream);
    expect((await stream.next())?.data?.jobStored).toMatchObject({ cursor, job: null, isGap: false });
    expect((await stream.next())?.data?.jobStored).toMatchObject({ cursor, job: null, isGap: false });
  });

  it("leaves out jobs that were purged, and has no events for exclusions and purges", async () => {
    const open = await openStream(old);
    const start = await firstEvent(open);
    await insertOldJobs(old, [{ daysAgo: 40, project: "purged" }]);
    const id = await store(old, { project: "kept" });
    await oldChain.seal();
    await exclude(old, id);
    await oldChain.seal();
    await purgeOlderThan(retention(), 30);
    await store(old, { project: "after the purge" });
    await oldChain.seal();
    expect(await old.sql("select kind from seals order by position")).toEqual(
      ["SEALED", "SEALED", "EXCLUSION", "PURGED", "SEALED"].map((kind) => ({ kind })),
    );
    // The server has read the entry of the purge.
    while (!(await open.projects(1)).includes("after the purge"));
    const resumed = await openStream(old, { variables: { after: start.cursor } });
    expect(await firstEvent(resumed)).toMatchObject({ cursor: start.cursor, isGap: false });
    expect(await resumed.projects(2)).toEqual(["kept", "after the purge"]);
  });

  it("has a gap after more than 10,000 entries, and resumes up to them", async () => {
    const after = (await firstEvent(await openStream(old))).cursor;
    const add = (count: number) =>
      pastTriggers(
        old,
        `insert into seals (position, kind, job_id, job_created_at, form, content_hash, newest_created_at, sealed_at, entry_hash)
         select last + n, 'SEALED', gen_random_uuid(), now(), 1, '', now(), now(), decode(md5(n || 'x' || last), 'hex')
         from (select max(position) as last from seals) as seals, generate_series(1, ${count}) as n`,
      );
    await add(9_999);
    await store(old, { project: "the 10,000th" });
    await oldChain.seal();
    const resumed = await openStream(old, { variables: { after } });
    expect(await firstEvent(resumed)).toMatchObject({ cursor: after, isGap: false });
    expect(await resumed.projects(1)).toEqual(["the 10,000th"]);
    await add(1);
    const late = await openStream(old, { variables: { after } });
    expect(await firstEvent(late)).toMatchObject({ isGap: true });
  });

  it("ends when the database has another chain, as after a failover to a standby that lags", async () => {
    closeStreams();
    const stream = await openStream(old);
    const { cursor } = await firstEvent(stream);
    await pastTriggers(
      old,
      "update seals set entry_hash = '\\x00' where position = (select max(position) from seals)",
    );
    await stream.ended();
    const next = await openStream(old, { variables: { after: cursor } });
    expect(await firstEvent(next)).toMatchObject({ isGap: true });
  });
});

describe("A stream of a server that does not seal", () => {
  const quiet = startService(ENVIRONMENT);
  const quietChain = startChain(quiet);
  const isLive = async () => (await firstEvent(await openStream(quiet))).isLive;

  it("tells whether another server seals: there are seals, and no job waits for a long time", async () => {
    expect(await isLive()).toBe(false);
    await store(quiet);
    await quietChain.seal();
    // The entry is read, and the answer of before is not used any more.
    await until(isLive);
    const id = await store(quiet);
    await pastTriggers(
      quiet,
      `update jobs set created_at = created_at - interval '1 minute' where id = '${id}'`,
    );
    await until(async () => !(await isLive()));
  });
});

describe("Equal streams", () => {
  const QUERY = `subscription ($filter: JobFilter, $after: String) { jobStored(filter: $filter, after: $after) {
    cursor isGap isLive job { id project services { service } previous { id } }
  } }`;

  it("share the statements of an event, also when they began at different cursors; so do the jobs of a batch", async () => {
    closeStreams();
    const { cursor } = await firstEvent(await openStream(service, { query: QUERY }));
    await storeSealed("x");
    const streams = await Promise.all(
      [undefined, cursor, undefined].map((after) =>
        openStream(service, { query: QUERY, variables: { after } }),
      ),
    );
    expect(await streams[1]?.projects(1)).toEqual(["x"]);
    for (const project of ["y", "z"]) await store(service, { project });
    const { statements } = await observed(async () => {
      await chain.seal();
      await Promise.all(streams.map((stream) => stream.projects(2)));
    });
    const counts = ["live.jobs", "jobs.services", "jobs.previous"].map(
      (name) => statements.filter((statement) => statement === name).length,
    );
    expect(counts).toEqual([1, 1, 1]);
  });

  it("of different variables are separate", async () => {
    const filtered = await openStream(service, { query: QUERY, variables: { filter: { project: "mine" } } });
    const all = await openStream(service, { query: QUERY });
    await Promise.all([firstEvent(filtered), firstEvent(all)]);
    await storeSealed("theirs", "mine");
    expect(await Promise.all([filtered.projects(1), all.projects(2)])).toEqual([
      ["mine"],
      ["theirs", "mine"],
    ]);
  });
});

describe("Without streams", () => {
  it("the chain is not read", async () => {
    closeStreams();
    const stream = await openStream(service);
    await firstEvent(stream);
    stream.close();
    await sleep(200);
    const { statements } = await observed(() => sleep(1_500));
    expect(statements).toEqual([]);
  });
});

describe("Behind a pooler in transaction mode", () => {
  it("streams have each job", async () => {
    const pooler = await transactionPooler(service.databaseUrl);
    const server = await startOther(pooler.url);
    try {
      const stream = await openStream(server);
      await firstEvent(stream);
      await storeSealed("pooled");
      expect(await stream.projects(1)).toEqual(["pooled"]);
      stream.close();
    } finally {
      await server.close();
      await pooler.close();
    }
  });
});
