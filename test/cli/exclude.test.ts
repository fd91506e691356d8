import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { type Ended, run } from "../support/command-line.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const open = startService();
const closed = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      admin = await createToken(url, { scope: "admin", user: "ana" });
      writer = await createToken(url, { scope: "write" });
    },
  },
);

let admin: string;
let writer: string;
let id: string;

beforeAll(async () => {
  id = await store(open, { project: "acme/shop", branch: "main" });
});

const cli = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  run(args, { env: { RESULTS_STORAGE_URL: open.url, ...env } });

async function exclusionOf(service: typeof open, jobId: string) {
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { exclusion { reason excludedBy } } }",
    { id: jobId },
  );
  return data.job.exclusion;
}

describe("results-storage exclude and include", () => {
  it("exclude a job and include it again, also twice", async () => {
    for (const _ of [1, 2]) {
      expect(await cli(["exclude", id, "--reason", "A test run."])).toEqual({
        code: 0,
        stdout: `excluded  ${id}  acme/shop  main  A test run.\n`,
        stderr: "",
      });
      expect(await exclusionOf(open, id)).toEqual({ reason: "A test run.", excludedBy: null });
    }
    for (const _ of [1, 2]) {
      expect(await cli(["include", id, "--reason", "It was real."])).toEqual({
        code: 0,
        stdout: `included  ${id}  acme/shop  main\n`,
        stderr: "",
      });
      expect(await exclusionOf(open, id)).toBeNull();
    }
  });

  it("use the token of RESULTS_STORAGE_TOKEN, which needs the scope admin", async () => {
    const as = withToken(closed, admin);
    const job = await store(as, { project: "shop" });
    const exclude = (token: string) =>
      cli(["exclude", job, "--reason", "x", "--url", closed.url], { RESULTS_STORAGE_TOKEN: token });
    expect(await exclude(writer)).toEqual({
      code: 1,
      stdout: "",
      stderr: "FORBIDDEN: This token has the scope write; the request needs admin.\n",
    });
    expect(await exclude("")).toMatchObject({ code: 1, stderr: expect.stringMatching(/^UNAUTHENTICATED: /) });
    expect(await exclude(admin)).toMatchObject({ code: 0, stderr: "" });
    expect(await exclusionOf(as, job)).toEqual({ reason: "x", excludedBy: "ana" });
  });

  it("end with 1 when the server refuses", async () => {
    const missing = randomUUID();
    for (const args of [
      ["exclude", missing, "--reason", "x"],
      ["include", missing],
    ]) {
      const { code, stderr } = await cli(args);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `NOT_FOUND: input.jobId must be the id of a stored job; no job has the id "${missing}"\n`,
      });
    }
    const { code, stderr } = await cli(["exclude", id, "--reason", " "]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "BAD_USER_INPUT: input.reason must not be empty\n" });
  });

  it.each([
    [["exclude"]],
    [["exclude", "x"]],
    [["include"]],
    [["include", "x", "y"]],
    [["include", "x", "--url", "y"]],
  ])("end with 2 when they are used wrongly: %j", async (args) => {
    expect((await cli(args)).code).toBe(2);
  });

  it.each(["exclude", "include"])("%s explains its scope and its exit codes", async (command) => {
    const { code, stdout } = await cli([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("scope admin");
    expect(stdout).toMatch(/Exit codes: 0 .*, 1 refused .*, 2 usage, 3 server unreachable after retries/s);
  });
});
