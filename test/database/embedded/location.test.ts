import { chmod, mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { locateData } from "../../../src/database/embedded/cluster.ts";
import { removeFolder, temporaryFolder } from "./server-process.ts";

/** Nobody's: every folder here is somebody else's to it. */
const stranger = { uid: 4_000_000, gid: 4_000_000 };

describe("the data", () => {
  let folder: string;
  let closed: string;
  let system: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    closed = join(folder, "closed");
    system = join(folder, "system");
    await mkdir(closed, { mode: 0o700 });
  });
  afterEach(() => removeFolder(folder));

  test("goes where it was asked for when PostgreSQL runs as ourselves", async () => {
    const asked = join(closed, "a", "data");
    expect(await locateData(asked, undefined, system)).toBe(asked);
    expect((await stat(asked)).isDirectory()).toBe(true);
  });

  test("goes where it was asked for when PostgreSQL's account can enter, whatever the umask", async () => {
    const asked = join(folder, "a", "b", "data");
    const umask = process.umask(0o077);
    expect(await locateData(asked, stranger, system).finally(() => process.umask(umask))).toBe(asked);
  });

  test("goes to the system's folder otherwise, always to the same place there, and a note says so", async () => {
    const asked = join(closed, "data");
    const place = await locateData(asked, stranger, system);
    expect(place).toMatch(new RegExp(`^${system}/data-[0-9a-f]{12}$`));
    expect(await readFile(join(asked, "DATA-IS-ELSEWHERE.txt"), "utf8")).toContain(place);
    expect(await locateData(asked, stranger, system)).toBe(place);
    expect(await locateData(join(closed, "other"), stranger, system)).not.toBe(place);
  });

  test("stays where it is when the folder is opened later", async () => {
    const place = await locateData(join(closed, "data"), stranger, system);
    await chmod(closed, 0o755);
    expect(await locateData(join(closed, "data"), stranger, system)).toBe(place);
  });

  test("is not left behind when the folder is closed later", async () => {
    const asked = join(folder, "data");
    await mkdir(join(asked, "postgresql"), { recursive: true });
    await chmod(asked, 0o700);
    await expect(locateData(asked, stranger, system)).rejects.toThrow(/cannot enter it/);
  });

  test("is not created again when only root can enter its folder", async () => {
    const asked = join(closed, "data");
    await locateData(asked, stranger, system);
    await expect(locateData(asked, undefined, system)).rejects.toThrow(/Only root can use it/);
    await rm(join(asked, "DATA-IS-ELSEWHERE.txt"));
    expect(await locateData(asked, undefined, system)).toBe(asked);
  });
});
