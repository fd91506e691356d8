import { execFile } from "node:child_process";
import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../support/scratch-folder.ts";

const SCRIPT = `
  import module from "node:module";
  import { keepCompiledCode } from "./bin/keep-compiled-code.js";
  process.umask(0);
  keepCompiledCode(process.argv[1]);
  console.log(module.getCompileCacheDir() ?? "none");`;

/** The folder of a process's compiled code when this folder is given and the umask is 0. */
async function keptIn(folder: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", SCRIPT, folder],
    {
      env: { PATH: process.env.PATH },
    },
  );
  return stdout.trim();
}

describe("Compiled code", () => {
  it("is cached in a folder that no other user can enter, whatever the umask", async () => {
    const folder = join(await scratchFolder(), "compiled");
    expect(await keptIn(folder)).toContain(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it("is not written or read in a folder that others can write to: Node.js would run their code", async () => {
    const folder = join(await scratchFolder(), "compiled");
    await mkdir(folder);
    await chmod(folder, 0o777);
    expect(await keptIn(folder)).toBe("none");
  });

  it("is not cached in a read-only folder", async () => {
    expect(await keptIn("/dev/null/compiled")).toBe("none");
  });
});
