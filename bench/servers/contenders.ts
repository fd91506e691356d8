import { type Server, startServer } from "./server.ts";

/** Whose language a contender speaks. */
export type Kind = "us" | "postgraphile" | "limit";

/** One of those that are compared. */
export interface Contender {
  readonly name: string;
  readonly kind: Kind;
  /** Ours with its cache switched off: measured only where a cache would help. */
  readonly cacheOff: boolean;
  readonly server: Server;
}

/** Switches the cache of ours off. */
export const CACHE_OFF = { CACHE_MB: "0" };

const BENCH = `${import.meta.dirname}/..`;
/** Ours as `npm start` has it. */
export const SERVICE = ["--max-semi-space-size=16", `${BENCH}/../bin/results-storage.js`, "serve"];

/** Starts ours alone, in a process that has done nothing yet. */
export function startOurs(databaseUrl: string, environment: NodeJS.ProcessEnv = {}): Promise<Server> {
  const args = ["--import", `${BENCH}/servers/watch-event-loop.ts`, ...SERVICE];
  return startServer(args, databaseUrl, environment);
}

/** Starts all contenders on one database. Ours comes first. */
export async function startContenders(databaseUrl: string): Promise<Contender[]> {
  const plans = [
    { name: "us", kind: "us", args: SERVICE, environment: {} },
    { name: "us, cache off", kind: "us", args: SERVICE, environment: CACHE_OFF },
    { name: "PostGraphile", kind: "postgraphile", args: [`${BENCH}/postgraphile/serve.ts`], environment: {} },
    { name: "limit", kind: "limit", args: [`${BENCH}/limit/serve.ts`], environment: {} },
  ] as const;
  const contenders: Contender[] = [];
  try {
    for (const { name, kind, args, environment } of plans) {
      const server = await startServer(args, databaseUrl, environment);
      contenders.push({ name, kind, cacheOff: environment === CACHE_OFF, server });
    }
    return contenders;
  } catch (error) {
    await stopContenders(contenders);
    throw error;
  }
}

/** Stops them all. */
export async function stopContenders(contenders: readonly Contender[]): Promise<void> {
  await Promise.all(contenders.map(({ server }) => server.stop()));
}
