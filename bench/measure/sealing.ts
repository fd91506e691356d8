import { setTimeout as sleep } from "node:timers/promises";
import { withClient } from "../database/cluster.ts";
import { storeEstimate } from "../workloads/estimate.ts";
import { measureRound, type Round } from "./round.ts";
import type { Place } from "./scale.ts";

/** Stores while a sealer runs beside them, and while none does, in rounds. */
export interface Sealing {
  readonly withSealer: readonly Round[];
  readonly without: readonly Round[];
  readonly connections: number;
}

const CONNECTIONS = 16;
const RESOURCES = 30;

/** Stores in turn on both; before the other's turn, all that was stored is sealed. */
export async function measureSealing(
  withSealer: Place,
  without: Place,
  postmaster: number,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<Sealing> {
  const load = { connections: CONNECTIONS, seconds, request: () => storeEstimate(RESOURCES) };
  const found: { withSealer: Round; without: Round }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const sealing = await measureRound(withSealer.server, postmaster, load);
    await untilSealed(withSealer.databaseUrl);
    found.push({ withSealer: sealing, without: await measureRound(without.server, postmaster, load) });
  }
  // The first is for warming up.
  const counted = found.slice(1);
  return {
    withSealer: counted.map((round) => round.withSealer),
    without: counted.map((round) => round.without),
    connections: CONNECTIONS,
  };
}

/** Waits until every job of the database is sealed. */
export async function untilSealed(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ left: number }>(
        "select ((select count(*) from jobs) - (select count(*) from seals))::int as left",
      );
      if (rows[0]?.left === 0) return;
      await sleep(200);
    }
  });
}
