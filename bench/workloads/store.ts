import { Pool } from "undici";
import { storedRows } from "../database/stored.ts";
import { send } from "../measure/send.ts";
import { storeEstimate } from "./estimate.ts";
import { DEFAULT_CONNECTIONS, statement, type Workload } from "./workload.ts";

/** How many resources, and with how many connections: large ones only wait for one another. */
const SIZES = [
  { resources: 30, connections: DEFAULT_CONNECTIONS, marks: [{ state: "", cpu: 2 }] },
  { resources: 1_000, connections: [1, 4], marks: [{ state: "", cpu: 3 }] },
  { resources: 10_000, connections: [1], marks: [{ state: "", cpu: 3.4 }] },
] as const;

interface StoreAnswer {
  readonly data: { readonly storeEstimate: { readonly job: { readonly id: string } } };
}

/**
 * (f) Stores estimates over HTTP. The limit inserts the rows of one that ours has stored before, so that both write
 * the same.
 */
export async function stores(databaseUrl: string, ourUrl: string): Promise<Workload[]> {
  const pool = new Pool(ourUrl);
  try {
    return await Promise.all(
      SIZES.map(async ({ resources, connections, marks }) => {
        const ours = storeEstimate(resources);
        const limit = statement("store", jobIdIn(JSON.parse((await send(pool, ours)).toString())));
        return {
          name: `f-${resources}`,
          title: `storeEstimate: ${resources.toLocaleString("en")} resources`,
          connections,
          requests: { us: () => ours, limit: () => limit },
          marks,
          cacheMatters: false,
          compared: (answer: unknown) => storedRows(databaseUrl, jobIdIn(answer)),
        };
      }),
    );
  } finally {
    await pool.close();
  }
}

function jobIdIn(answer: unknown): string {
  return (answer as StoreAnswer).data.storeEstimate.job.id;
}
