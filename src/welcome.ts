import type { Config } from "./config.ts";
import { DEFAULT_URL } from "./default-url.ts";

/** What the server says on standard output once it listens: where it is, and what to do next. */
export function welcome(url: string, { databaseUrl, dataDir, auth }: Config): string {
  const data = databaseUrl === undefined ? dataDir : "the database of DATABASE_URL";
  const elsewhere = url === DEFAULT_URL ? "" : `RESULTS_STORAGE_URL=${url} `;
  const access =
    auth === "tokens"
      ? 'Clients need a token (RESULTS_STORAGE_TOKEN); "results-storage token create" makes one.'
      : "There is no access control (AUTH=none): whoever reaches this address may read and store.";
  return `
results-storage is listening; its data is in ${data}.
${access}

  Explore    ${url}/graphql   (opens Apollo Sandbox with a first query)
  Push       ${elsewhere}npx results-storage push infracost.json
  Try it     ${elsewhere}npm run demo   (stores sample estimates)

Press Ctrl-C to stop.
`;
}
