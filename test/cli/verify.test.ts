import { generateKeyPairSync } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readPrivateKey, readPublicKey } from "../../src/cli/signing-key.ts";
import { describeVerification } from "../../src/cli/verify.ts";
import { keyFiles } from "../integrity/key-files.ts";
import { run } from "../support/command-line.ts";
import { store } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { scratchFolder } from "../support/scratch-folder.ts";
import { startService } from "../support/service.ts";

const service = startService();

let folder: string;
let keys: { privateKey: string; publicKey: string };

beforeAll(async () => {
  folder = await scratchFolder();
  keys = await keyFiles();
});

const command = (...args: string[]) => run(args, { env: { DATABASE_URL: service.databaseUrl } });
const verify = (...args: string[]) => command("verify", ...args);

describe("results-storage checkpoint and verify", () => {
  it("find no problem in unchanged data (exit code 0), and name the first changed job (1)", async () => {
    await store(service);
    const job = await store(service);
    const file = join(folder, "checkpoint.json");
    const withCheckpoint = ["--checkpoint", file, "--public-key", keys.publicKey];
    const made = await command("checkpoint", "--key", keys.privateKey, "--output", file);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(
      /^wrote \S+checkpoint\.json: 2 entries of the chain, the last is [0-9a-f]{64}\n$/,
    );
    expect(await readdir(folder)).toEqual(["checkpoint.json"]);
    expect(await verify(...withCheckpoint)).toEqual({
      code: 0,
      stderr: "",
      stdout:
        "OK: the stored data matches the seals.\n" +
        "2 jobs with 2 resources compared, 0 purged, 0 not yet sealed; 2 entries of the chain checked.\n",
    });
    await pastTriggers(service, `update jobs set total_monthly_cost = 1 where id = '${job}'`);
    const { code, stdout } = await verify(...withCheckpoint, "--from", "2026-01-01T00:00:00Z", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      problems: [{ code: "ALTERED", message: expect.stringContaining(job), jobId: job, position: 2 }],
      problemCount: 1,
      entries: 2,
      jobs: 2,
      resources: 2,
      purged: 0,
      unsealed: 0,
    });
    expect((await verify("--to", "2026-01-01T00:00:00Z")).code).toBe(0);
  }, 60_000);

  it.each([
    [["--from", "yesterday"], "--from must be an RFC 3339 date and time"],
    [["--max-age", "1"], "must be an age of whole days"],
    [["--checkpoint", "/nonexistent"], "--checkpoint needs --public-key"],
    [["--checkpoint", "package.json", "--public-key", "package.json"], "package.json is not a checkpoint"],
  ])("refuse wrong usage with exit code 2 and a sentence: verify %j", async (args, sentence) => {
    const { code, stdout, stderr } = await verify(...args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("have exit code 3 for data that cannot be checked", async () => {
    const { code, stdout, stderr } = await run(["verify"], {
      env: { DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none" },
    });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(/^Nothing was verified: /);
  });
});

describe("A key file", () => {
  it("is read as a private or a public key", async () => {
    expect((await readPrivateKey(keys.privateKey)).type).toBe("private");
    expect((await readPublicKey(keys.publicKey)).type).toBe("public");
  });

  it("without a key, with another kind, or with the wrong half is refused in a sentence", async () => {
    const rsa = join(await scratchFolder(), "rsa.key");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    await writeFile(rsa, privateKey.export({ type: "pkcs8", format: "pem" }));
    for (const file of [rsa, "package.json", keys.publicKey]) {
      await expect(readPrivateKey(file)).rejects.toThrow(
        `${file} must hold a private Ed25519 key as PEM, without a passphrase.`,
      );
    }
    await expect(readPublicKey("/nonexistent")).rejects.toThrow("The key /nonexistent cannot be read: ");
  });
});

it("Problems are listed one per line, with the number of the others", () => {
  const problem = { code: "REMOVED", message: "Job 1 is gone.", jobId: "1", position: 1 } as const;
  const found = { entries: 9, jobs: 8, resources: 7, purged: 6, unsealed: 5 };
  expect(describeVerification({ problems: [problem], problemCount: 3, ...found })).toBe(
    "3 problems:\n  REMOVED  Job 1 is gone.\n  and 2 more\n" +
      "8 jobs with 7 resources compared, 6 purged, 5 not yet sealed; 9 entries of the chain checked.\n",
  );
});

it("One problem, job, resource and entry have singular nouns", () => {
  const problem = { code: "ALTERED", message: "Job 1 was changed.", jobId: "1", position: 1 } as const;
  const found = { entries: 1, jobs: 1, resources: 1, purged: 0, unsealed: 0 };
  expect(describeVerification({ problems: [problem], problemCount: 1, ...found })).toBe(
    "1 problem:\n  ALTERED  Job 1 was changed.\n" +
      "1 job with 1 resource compared, 0 purged, 0 not yet sealed; 1 entry of the chain checked.\n",
  );
});
