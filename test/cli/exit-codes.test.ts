import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../support/command-line.ts";
import { startService } from "../support/service.ts";
import { standIn } from "../support/stand-in.ts";

const service = startService();
const native = fileURLToPath(new URL("../estimates/files/native.json", import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-storage-codes-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** An error is a sentence, not a stack trace. */
function expectSentences(stderr: string): void {
  expect(stderr).toMatch(/\S/);
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.ts:\d/m);
}

const push = (args: readonly string[], env: Record<string, string> = {}) =>
  run(["push", ...args], { env: { RESULTS_STORAGE_URL: service.url, ...env } });

const stored = {
  data: {
    storeEstimate: {
      created: true,
      job: {
        id: "7",
        currency: "USD",
        totalMonthlyCost: "1",
        resourceCount: 0,
        unpricedResourceCount: 0,
        unsupportedResourceCount: null,
        isComplete: true,
        warnings: [],
      },
    },
  },
};

describe.concurrent("The command line", () => {
  it("lists its commands", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of ["serve", "migrate", "push"]) expect(stdout).toContain(command);
  });

  it("explains push with its exit codes", async () => {
    const { code, stdout } = await run(["push", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "0 stored, 1 refused, 2 usage, 3 server unreachable after retries, 4 stored, but a job is incomplete",
    );
  });

  it.each([
    ["serve"],
    ["migrate"],
    ["push"],
    ["export"],
    ["purge"],
    ["token", "create"],
    ["token", "list"],
    ["token", "revoke"],
    ["verify"],
    ["checkpoint"],
  ])("explains %s %s with each default once", async (...command) => {
    const { code, stdout } = await run([...command, "--help"]);
    expect(code).toBe(0);
    for (const option of stdout.split(/\n {2}(?=-)/)) {
      expect(option.match(/default/g)?.length ?? 0, option).toBeLessThanOrEqual(1);
    }
  });

  it("prints its version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  it.each([
    ["no command", [], "Usage: results-storage"],
    ["an unknown command", ["store"], "unknown command 'store'"],
    ["no file", ["push"], "missing required argument 'file'"],
    ["an unknown option", ["push", "--colour", native], "unknown option '--colour'"],
    ["a missing file", ["push", "/no/such.json"], "/no/such.json cannot be read: ENOENT"],
    ["standard input twice", ["push", "-", "-"], "Standard input (-) can be given once."],
    ["a label without a value", ["push", "--label", "team", native], "It must look like key=value."],
    ["an address that is no URL", ["push", "--url", "localhost:8007", native], "must be a URL such as"],
    [
      "a password in the address",
      ["push", "--url", "http://me:s3cret@host", native],
      "must have no user, password",
    ],
  ])("ends with 2 at %s", async (_name, args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect(stderr).toContain(message);
    expectSentences(stderr);
    expect(stderr).not.toContain("s3cret");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("ends with 2 for an invalid token, and does not print it", async () => {
    const { code, stderr } = await push([native], { RESULTS_STORAGE_TOKEN: "s3cret\nvalue" });
    expect(stderr).toContain("RESULTS_STORAGE_TOKEN must hold a token");
    expect(stderr).not.toContain("s3cret");
    expect(code).toBe(2);
  });
});

describe.concurrent("A push that is refused", () => {
  it("ends with 1 and the message of the service", async () => {
    const file = join(folder, "refused.json");
    await writeFile(file, '{ "total_monthly_cost": "1e400", "by_resource": [] }');
    const { code, stdout, stderr } = await push([file]);
    expect(stderr).toMatch(/^BAD_USER_INPUT: .*totalMonthlyCost/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it("in the middle prints the stored jobs, and names the refused one", async () => {
    const file = join(folder, "middle.json");
    await writeFile(file, '{ "project": "till", "total_monthly_cost": "1e400", "by_resource": [] }');
    const { code, stdout, stderr } = await push(["--json", native, file, native]);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(stderr).toMatch(/^Job 2 \(till\) is refused\. BAD_USER_INPUT: /);
    expect(code).toBe(1);
  });

  it("of several files with an unreadable one ends with 1, and nothing is sent", async () => {
    const file = join(folder, "unreadable.json");
    await writeFile(file, '{ "some": "thing" }');
    const server = await standIn((response) => void response.end(JSON.stringify(stored)));
    const { code, stdout, stderr } = await push([native, file, native], { RESULTS_STORAGE_URL: server.url });
    expect(stderr).toContain(`${file}: The estimate has an unknown format`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(server.received).toEqual([]);
  });

  it("because it is not text ends with 1", async () => {
    const file = join(folder, "latin1.json");
    await writeFile(file, Buffer.from('{ "project": "caf\u00e9" }', "latin1"));
    const { code, stderr } = await push([file]);
    expect(stderr).toContain("is not text in UTF-8");
    expect(code).toBe(1);
  });

  it("by another program ends with 1, without its web page", async () => {
    const server = await standIn((response) => void response.writeHead(404).end("<title>Not found</title>"));
    const { code, stderr } = await push([native], { RESULTS_STORAGE_URL: server.url });
    expect(stderr).toBe(
      `${server.url} responded with HTTP 404 (Not Found). Is this the URL of a results storage?\n`,
    );
    expect(code).toBe(1);
  });
});

describe.concurrent("A push to an unreachable server", () => {
  it("is stored when it answers 503 twice and then works, with the same key each time", async () => {
    const server = await standIn((response, count) => {
      if (count < 3) response.writeHead(503).end("<h1>Down for a moment</h1>");
      else response.end(JSON.stringify(stored));
    });
    const { code, stdout, stderr } = await push([native], { RESULTS_STORAGE_URL: server.url });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("stored  7  1 USD a month");
    expect(server.received).toHaveLength(3);
    expect(new Set(server.received.map(({ body }) => body)).size).toBe(1);
  });
});

describe.concurrent("The access token", () => {
  it("is sent as a Bearer header, without the line break of its file", async () => {
    const server = await standIn((response) => void response.end(JSON.stringify(stored)));
    const env = { RESULTS_STORAGE_URL: `${server.url}/storage/`, RESULTS_STORAGE_TOKEN: "s3cret\n" };
    const { code, stdout, stderr } = await push(["--json", native], env);
    expect(server.received[0]).toMatchObject({
      url: "/storage/graphql",
      headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
    });
    expect(stdout + stderr).not.toContain("s3cret");
    expect(code).toBe(0);
  });
});

it("An empty RESULTS_STORAGE_URL counts as unset", async () => {
  const { code } = await push(["--dry-run", native], { RESULTS_STORAGE_URL: "" });
  expect(code).toBe(0);
});
