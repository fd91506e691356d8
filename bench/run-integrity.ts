import { type Cluster, emptyDatabase } from "./database/cluster.ts";
import { measureSealing } from "./measure/sealing.ts";
import { measureVerify } from "./measure/verify.ts";
import type { Options } from "./options.ts";
import { describeIntegrity } from "./report/integrity.ts";
import { describeMachine } from "./report/machine.ts";
import { startOurs } from "./servers/contenders.ts";
import type { Server } from "./servers/server.ts";

const UNSEALED = { SEAL_INTERVAL_SECONDS: "0" };

/** Stores estimates with and without the sealer, verifies what was stored and sealed, and returns the report. */
export async function runIntegrity(
  cluster: Cluster,
  options: Options,
  say: (message: string) => void,
): Promise<string> {
  const machine = describeMachine(cluster.version);
  const sealed = await emptyDatabase(cluster, "bench_sealed");
  const unsealed = await emptyDatabase(cluster, "bench_unsealed");
  const servers: Server[] = [];
  try {
    const [withSealer, without] = [await startOurs(sealed), await startOurs(unsealed, UNSEALED)];
    servers.push(withSealer, without);
    say("measuring stores with and without the sealer");
    const sealing = await measureSealing(
      { server: withSealer, databaseUrl: sealed },
      { server: without, databaseUrl: unsealed },
      cluster.postmaster,
      options,
    );
    say("measuring verify");
    const verify = await measureVerify(
      { server: withSealer, databaseUrl: sealed },
      cluster.postmaster,
      options.rounds,
    );
    const { rounds, seconds } = options;
    return `${machine}.\n\nMedians of ${rounds} interleaved rounds of ${seconds} s.\n\n${describeIntegrity(sealing, verify)}`;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
