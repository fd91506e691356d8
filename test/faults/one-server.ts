import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { start } from "../support/command-line.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

/** The service in a process of its own, on a database of its own. */
export interface OneServer {
  readonly url: string;
  /** How much memory its process has had in use at most, in MB. */
  highestMemoryMb(): Promise<number>;
}

/** Starts it before the tests of a file, in its default settings, and stops it after them. */
export function oneServer(environment: Readonly<Record<string, string>> = {}): OneServer {
  let database: TestDatabase;
  let child: ChildProcess;
  let url = "";
  beforeAll(async () => {
    database = await createTestDatabase();
    child = start(
      ["serve"],
      { PORT: "0", DATABASE_URL: database.url, AUTH: "none", ...environment },
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    let said = "";
    child.stdout?.on("data", (text) => {
      said += text;
    });
    while (url === "") {
      url = /(http:\S+)\/graphql/.exec(said)?.[1] ?? "";
      if (child.exitCode !== null) throw new Error(`The server has ended: ${said}`);
      await sleep(20);
    }
  });
  afterAll(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await database.drop();
  });
  return {
    get url() {
      return url;
    },
    highestMemoryMb: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
    },
  };
}
