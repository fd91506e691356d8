import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "../support/command-line.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

/** A preload script of the server that prints the loaded libraries of metrics, traces and the ORM to standard error. */
const HOOK = `
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      const name = /node_modules.(@opentelemetry.[\\w-]+|@mikro-orm.[\\w-]+|prom-client)/.exec(url)?.[1];
      if (name) process._rawDebug("loaded " + name);
      return next(url, context);
    },
  });`;

/** Two servers start, which takes long on a busy machine. */
const TIMEOUT_MS = 120_000;

describe("A server's libraries of metrics and traces", { timeout: TIMEOUT_MS }, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function loadedWith(settings: Readonly<Record<string, string>>): Promise<string[]> {
    const env = {
      PORT: "0",
      DATABASE_URL: database.url,
      AUTH: "none",
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HOOK)}`,
      ...settings,
    };
    const child = start(["serve"], env, { stdio: ["ignore", "pipe", "pipe"] });
    const loaded = new Set<string>();
    if (child.stdout === null || child.stderr === null) throw new Error("No output");
    createInterface(child.stderr).on("line", (line) => {
      if (line.startsWith("loaded ")) loaded.add(line.slice("loaded ".length));
    });
    const ended = once(child, "close");
    await Promise.race([once(child.stdout, "data"), ended]);
    child.kill("SIGTERM");
    await ended;
    expect(child.exitCode).toBe(0);
    return [...loaded];
  }

  it("are not loaded by default, nor are bundled libraries", async () => {
    expect(await loadedWith({})).toEqual([]);
  });

  it("are loaded when they are configured", async () => {
    const loaded = await loadedWith({
      METRICS_PORT: "0",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
    });
    expect(loaded).toEqual(expect.arrayContaining(["prom-client", "@opentelemetry/sdk-trace"]));
  });
});
