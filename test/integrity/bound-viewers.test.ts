import { describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService, type TestService } from "../support/service.ts";
import { startChain } from "./chain.ts";

let all: TestService;
let mine: TestService;

const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      all = withToken(service, await createToken(url));
      mine = withToken(service, await createToken(url, { projects: ["mine"] }));
    },
  },
);
const chain = startChain(service);

async function integrityOf(job: string, viewer: TestService) {
  const { data, errors } = await viewer.query(
    `{ job(id: "${job}") { integrity { status message sealedAt position contentHash } } }`,
  );
  expect(errors).toBeUndefined();
  return data.job.integrity;
}

/** A job of the token's project, sealed between others: its entry of the chain is the second one. */
async function sealedJob(): Promise<string> {
  await pastTriggers(service, "truncate jobs, seals cascade");
  await store(all, { project: "theirs" });
  const job = await store(mine, { project: "mine" });
  await store(all, { project: "theirs" });
  await chain.seal();
  return job;
}

describe("Job.integrity for a token that is bound to projects", () => {
  it("has no position, which counts the jobs of other projects", async () => {
    const job = await sealedJob();
    expect(await integrityOf(job, all)).toMatchObject({ status: "OK", position: 2 });
    expect(await integrityOf(job, mine)).toEqual({
      ...(await integrityOf(job, all)),
      position: null,
    });
  });

  it.each([
    ["ALTERED", "update cost_results set compute_cost = 10.000 where job_id = J"],
    ["BROKEN_CHAIN", "update seals set sealed_at = now() where job_id = J"],
    ["BROKEN_CHAIN", "delete from seals where position = 1"],
    ["BROKEN_CHAIN", "update seals set entry_hash = sha256('x') where position = 1"],
    ["UNKNOWN_FORM", "update seals set form = 9 where job_id = J"],
    [
      "BACKDATED",
      "delete from seals where job_id = J; update seals set newest_created_at = now() + interval '2 days'",
    ],
    [
      "RETURNED",
      `insert into seals select (jsonb_populate_record(seals, '{"position": 4, "kind": "PURGED"}')).* from seals where job_id = J`,
    ],
  ])("is %s, with a reason that says nothing of the chain, after: %s", async (status, statement) => {
    const job = await sealedJob();
    await pastTriggers(service, statement.replaceAll("J", `'${job}'`));
    const integrity = await integrityOf(job, mine);
    expect(integrity).toMatchObject({ status, position: null });
    expect(integrity.message).toBe(
      `The job does not match its seal (${status}). The command "results-storage verify" on the server shows the reason.`,
    );
    expect((await integrityOf(job, all)).message).not.toBe(integrity.message);
  });
});
