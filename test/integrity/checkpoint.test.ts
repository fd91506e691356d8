import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/database/database.ts";
import type { PresentedCheckpoint } from "../../src/integrity/checkpoint.ts";
import {
  makeCheckpoint,
  readCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
  writeCheckpoint,
} from "../../src/integrity/checkpoint.ts";
import { store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { startChain } from "./chain.ts";

const service = startService();
const chain = startChain(service);

const ours = generateKeyPairSync("ed25519");
const theirs = generateKeyPairSync("ed25519");

const DAY = 86_400_000;

const present = (signed: SignedCheckpoint): { checkpoint: PresentedCheckpoint } => ({
  checkpoint: { signed, publicKey: ours.publicKey, maxAge: DAY },
});

async function make(): Promise<SignedCheckpoint> {
  const made = await makeCheckpoint(new Database(chain.orm.em.fork()), ours.privateKey);
  if (made === undefined) throw new Error("There is no chain.");
  return made;
}

const restartChain = () => pastTriggers(service, "truncate jobs, seals cascade");

/** Removes the seals from a position on, and seals the stored jobs again, as a superuser could. */
async function rewriteFrom(position: number): Promise<void> {
  await pastTriggers(service, `delete from seals where position >= ${position}`);
  await chain.seal();
}

let jobs: string[];

beforeEach(async () => {
  await restartChain();
  jobs = [await store(service), await store(service), await store(service)];
});

describe("A checkpoint", () => {
  it("seals what is stored, and says where the chain is then", async () => {
    expect(await make()).toMatchObject({ position: 3 });
    expect(await chain.verify()).toMatchObject({ entries: 3, unsealed: 0 });
  });

  it("fits as long as the chain goes on from it", async () => {
    const checkpoint = await make();
    expect(await chain.problems(present(checkpoint))).toEqual([]);
    await store(service);
    await chain.seal();
    expect(await chain.problems(present(checkpoint))).toEqual([]);
  });

  it("is the same after it was a file", async () => {
    const checkpoint = await make();
    expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint);
  });

  it("of nothing is not made", async () => {
    await restartChain();
    expect(await makeCheckpoint(new Database(chain.orm.em.fork()), ours.privateKey)).toBeUndefined();
  });

  it.each<[string, Partial<SignedCheckpoint>]>([
    ["position", { position: 2 }],
    ["entry", { entryHash: "0".repeat(64) }],
    ["chain", { chain: "0".repeat(64) }],
    ["time", { madeAt: new Date("2099-01-01T00:00:00Z") }],
    ["signature", { signature: Buffer.alloc(64) }],
    ["short signature", { signature: Buffer.alloc(3) }],
  ])("with another %s is forged", async (_what, change) => {
    const forged = { ...(await make()), ...change };
    expect(await chain.problems(present(forged))).toEqual([["FORGED_CHECKPOINT", null, null]]);
  });

  it("that somebody else has signed is forged", async () => {
    const forged = signCheckpoint(await make(), theirs.privateKey);
    expect(await chain.problems(present(forged))).toEqual([["FORGED_CHECKPOINT", null, null]]);
  });

  it("of another database is foreign", async () => {
    const foreign = await make();
    await restartChain();
    await store(service);
    await chain.seal();
    expect(await chain.problems(present(foreign))).toEqual([["FOREIGN_CHECKPOINT", null, null]]);
  });

  it("that is old may have been put in the place of a newer one", async () => {
    const old = signCheckpoint(
      { ...(await make()), madeAt: new Date(Date.now() - DAY - 60_000) },
      ours.privateKey,
    );
    expect(await chain.problems(present(old))).toEqual([["OUTDATED_CHECKPOINT", null, null]]);
    const young = signCheckpoint({ ...old, madeAt: new Date(Date.now() - DAY + 60_000) }, ours.privateKey);
    expect(await chain.problems(present(young))).toEqual([]);
  });

  it("that is old is still valid for its entries", async () => {
    const checkpoint = await make();
    const old = signCheckpoint({ ...checkpoint, madeAt: new Date(0) }, ours.privateKey);
    await pastTriggers(service, "delete from seals where position > 1");
    expect((await chain.problems(present(old))).map(([code]) => code)).toEqual([
      "OUTDATED_CHECKPOINT",
      "TRUNCATED_CHAIN",
    ]);
  });
});

describe("Only a checkpoint finds out", () => {
  it("a chain whose end was cut off", async () => {
    const checkpoint = await make();
    await pastTriggers(service, "delete from seals where position > 1");
    expect(await chain.problems()).toEqual([]);
    expect(await chain.problems(present(checkpoint))).toEqual([["TRUNCATED_CHAIN", null, null]]);
  });

  it("a chain that is gone", async () => {
    const checkpoint = await make();
    await restartChain();
    expect(await chain.problems(present(checkpoint))).toEqual([["TRUNCATED_CHAIN", null, null]]);
  });

  it("a job that was changed, and the chain rewritten from its entry on", async () => {
    const checkpoint = await make();
    await pastTriggers(service, `update jobs set total_monthly_cost = 1 where id = '${jobs[1]}'`);
    await rewriteFrom(2);
    expect(await chain.problems()).toEqual([]);
    expect(await chain.problems(present(checkpoint))).toEqual([["REWRITTEN_CHAIN", jobs[2], 3]]);
  });

  it("a job that was removed, and the chain rewritten without it", async () => {
    const checkpoint = await make();
    const parts = ["cost_results", "service_costs", "region_costs"];
    const statements = parts.map((part) => `delete from ${part} where job_id = '${jobs[1]}'`);
    await pastTriggers(service, [...statements, `delete from jobs where id = '${jobs[1]}'`].join("; "));
    await rewriteFrom(2);
    await store(service);
    await chain.seal();
    expect(await chain.problems()).toEqual([]);
    const [[code, , position] = []] = await chain.problems(present(checkpoint));
    expect([code, position]).toEqual(["REWRITTEN_CHAIN", 3]);
  });

  it("but not entries that were rewritten after it", async () => {
    const checkpoint = await make();
    const last = await store(service);
    await chain.seal();
    await pastTriggers(service, `update jobs set total_monthly_cost = 1 where id = '${last}'`);
    await rewriteFrom(4);
    expect(await chain.problems(present(checkpoint))).toEqual([]);
  });
});
