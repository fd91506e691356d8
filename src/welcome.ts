import { existsSync } from "node:fs";
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
  const lines = [
    `  Explore    ${url}/graphql   (opens Apollo Sandbox with a first query)`,
    `  Push       ${elsewhere}${commandName()} push infracost.json`,
    ...(hasDemo() ? [`  Try it     ${elsewhere}npm run demo   (stores sample estimates)`] : []),
  ];
  return `
results-storage is listening; its data is in ${data}.
${access}

${lines.join("\n")}

Press Ctrl-C to stop.
`;
}

/** In a clone npx runs the project's own program; --no keeps it from looking for another one in the npm registry. */
function commandName(): string {
  return isThere("src") ? "npx --no -- results-storage" : "results-storage";
}

/** The samples and the program that stores them are in a clone only, and need its development packages. */
function hasDemo(): boolean {
  return isThere("tools/demo.ts") && isThere("node_modules/tsx");
}

/** Whether something is in the folder of the project, which is above both src/ and dist/. */
function isThere(path: string): boolean {
  return existsSync(new URL(`../${path}`, import.meta.url));
}
