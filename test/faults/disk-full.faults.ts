import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { unprivilegedUser } from "../../src/database/embedded/system.ts";
import { removeFolder, temporaryFolder, until } from "../database/embedded/server-process.ts";
import { serve, urlOf } from "../support/served.ts";
import { ask, readiness } from "./dashboards.ts";
import { expectPromiseKept, keepStoring } from "./storing.ts";
import { EVENT_TIMEOUT_MS } from "./timeouts.ts";

// Only root may mount a small disk.
const mayMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!mayMount)("A disk that is full", () => {
  let folder: string;
  let disk: string;
  let admin: Client;
  let databaseUrl: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    disk = join(folder, "disk");
    mkdirSync(disk);
    const owner = await unprivilegedUser();
    const options = `size=14m,mode=0700,uid=${owner?.uid},gid=${owner?.gid}`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
    const template = new URL(inject("templateUrl"));
    databaseUrl = new URL("/on_small_disk", template).href;
    admin = new Client({ connectionString: new URL("/postgres", template).href });
    await admin.connect();
    await admin.query(`create tablespace small_disk location '${disk}'`);
    await admin.query(
      `create database on_small_disk template ${template.pathname.slice(1)} tablespace small_disk`,
    );
  });
  afterAll(async () => {
    await admin?.query("drop database if exists on_small_disk with (force)");
    await admin?.query("drop tablespace if exists small_disk");
    await admin?.end();
    execFileSync("umount", ["--lazy", disk]);
    await removeFolder(folder);
  });

  it("refuses what does not fit, whole, answers what is stored, and takes more once there is room", async () => {
    const server = serve({ DATABASE_URL: databaseUrl });
    const url = await urlOf(server);
    const storing = keepStoring(3, () => url);
    await until(async () => storing.unacknowledged.size > 5, EVENT_TIMEOUT_MS);
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    expect(await ask(url, "{ jobs { totalCount nodes { services { service } } } }")).toBe("ok");
    expect(await readiness(url)).toBe("200 ready");

    execFileSync("mount", ["-o", "remount,size=200m", disk]);
    const roomy = Date.now();
    await until(async () => storing.lastAt > roomy, EVENT_TIMEOUT_MS);
    await storing.stop();
    expect([...storing.failures]).toEqual(["SERVICE_UNAVAILABLE"]);
    await expectPromiseKept(storing, url, databaseUrl);
    server.child.kill("SIGTERM");
    await server.ended;
  });
});
