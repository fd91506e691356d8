import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endOfLog, shrinkLog } from "../../../src/database/embedded/server.ts";
import { removeFolder, temporaryFolder } from "./server-process.ts";

test("of a log that is too long only the end stays", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "log");
  await shrinkLog(path);
  await writeFile(path, "one\ntwo\nthree\n");
  await shrinkLog(path, 14, 6);
  expect(await readFile(path, "utf8")).toBe("one\ntwo\nthree\n");
  await shrinkLog(path, 13, 6);
  expect(await readFile(path, "utf8")).toBe("three\n");
  await removeFolder(folder);
});

test("the end of a log is its last lines, and of none it is nothing", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "log");
  await writeFile(path, "one\ntwo\nthree\n");
  expect(await endOfLog(path, 2)).toBe("two\nthree");
  expect(await endOfLog(join(folder, "none"))).toBe("");
  await removeFolder(folder);
});
