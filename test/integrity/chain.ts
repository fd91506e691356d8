import type { MikroORM } from "@mikro-orm/postgresql";
import { pino } from "pino";
import { afterAll, beforeAll } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { Database } from "../../src/database/database.ts";
import { contentHashes, NEWEST_FORM } from "../../src/integrity/content-hash.sql.ts";
import { sealAll } from "../../src/integrity/seal-jobs.ts";
import { type Verification, type VerifyRequest, verify } from "../../src/integrity/verify.ts";
import type { TestService } from "../support/service.ts";

/** The chain of a service under test, without the background. */
export interface TestChain {
  readonly orm: MikroORM;
  /** Seals all that is stored. Returns how many jobs were. */
  seal(): Promise<number>;
  verify(request?: Partial<VerifyRequest>): Promise<Verification>;
  /** The code, the job and the entry of each problem that is found. */
  problems(request?: Partial<VerifyRequest>): Promise<[string, string | null, number | null][]>;
  /** The hash over what is stored of a job, in hexadecimal; undefined when it is not there. */
  hashOf(jobId: string, db?: Database): Promise<string | undefined>;
}

const POOL_SIZE = 4;

/** Connects to the database of a service in the server's role, for the tests of a file. */
export function startChain(service: Pick<TestService, "databaseUrl">): TestChain {
  let orm: MikroORM;
  beforeAll(async () => {
    orm = await connectOrm({
      url: service.databaseUrl,
      poolSize: POOL_SIZE,
      role: "results_storage_server",
      log: pino({ level: "silent" }),
    });
  });
  afterAll(() => orm.close());
  const verifyAll = (request: Partial<VerifyRequest> = {}) =>
    verify(() => new Database(orm.em.fork()), POOL_SIZE, { range: {}, ...request });
  return {
    get orm() {
      return orm;
    },
    seal: () => sealAll(new Database(orm.em.fork())),
    verify: verifyAll,
    problems: async (request) =>
      (await verifyAll(request)).problems.map(({ code, jobId, position }) => [code, jobId, position]),
    hashOf: async (jobId, db = new Database(orm.em.fork())) => {
      for await (const { hash } of contentHashes(db, [jobId], NEWEST_FORM)) return hash.toString("hex");
      return undefined;
    },
  };
}
