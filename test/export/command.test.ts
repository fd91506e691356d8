import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { reportFailure } from "../../src/cli/exit-codes.ts";
import { addExportCommand } from "../../src/cli/export.ts";
import { call } from "../server/rest-client.ts";
import { run } from "../support/command-line.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { freePort, standIn } from "../support/stand-in.ts";

const service = startService();

let folder: string;
let id: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "results-storage-export-"));
  id = await store(service, { project: "shop" });
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command in this process: starting another one takes longer than the test. */
async function exported(...args: string[]): Promise<{ code: number; stderr: string }> {
  const stderr: string[] = [];
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
  const program = new Command().exitOverride();
  program.configureOutput({ writeErr: (text) => stderr.push(text) });
  addExportCommand(program);
  try {
    for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
    await program.parseAsync(["export", ...args], { from: "user" });
    return { code: 0, stderr: stderr.join("") };
  } catch (error) {
    const code = reportFailure(error);
    return { code, stderr: stderr.join("") };
  } finally {
    write.mockRestore();
  }
}

describe("export", () => {
  it.each([
    ["csv", "csv", ""],
    ["focus", "focus.csv", "/graphql"],
    ["json", "json", "/api/v1/"],
  ])("--format %s writes the server's resources.%s to a file", async (format, suffix, path) => {
    const file = join(folder, suffix);
    const { code } = await exported(id, "--url", service.url + path, "--format", format, "--output", file);
    expect(code).toBe(0);
    expect(await readFile(file, "utf8")).toBe((await call(service, `/jobs/${id}/resources.${suffix}`)).text);
  });

  it("writes CSV to standard output", async () => {
    const { code, stdout, stderr } = await run(["export", id], { env: { RESULTS_STORAGE_URL: service.url } });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe((await call(service, `/jobs/${id}/resources.csv`)).text);
  });

  it.each([
    ["csv", "/portfolio.csv"],
    ["json", "/portfolio"],
  ])("--portfolio --format %s writes %s with the conditions of the options", async (format, route) => {
    const as_of = "2999-01-01T00:00:00Z";
    const options = [
      ...[
        "--as-of",
        as_of,
        "--group-by",
        "label",
        "--key",
        "team",
        "--limit",
        "3",
        "--max-age-days",
        "36500",
      ],
      ...["--project", "shop", "--project", "a b&c", "--project-prefix", "s", "--branch", "main"],
      ...["--profile", "prod", "--currency", "USD", "--label", "team=a=b", "--label", "tier"],
      ...["--commit-sha", "c0ffee", "--pull-request-url", "https://git.example/1?a", "--run-id", "a/b/1"],
    ];
    const server = await standIn((response) => {
      response.writeHead(200, { "content-type": "text/csv" }).end("a,b\r\n");
    });
    const file = join(folder, "portfolio");
    const args = ["--portfolio", "--format", format, "--output", file];
    expect(await exported(...args, "--url", server.url, ...options)).toEqual({ code: 0, stderr: "" });
    const url = new URL(server.received[0]?.url ?? "", server.url);
    expect(url.pathname).toBe(`/api/v1${route}`);
    expect([...url.searchParams]).toEqual([
      ...Object.entries({ group_by: "label", key: "team", limit: "3", as_of, max_age_days: "36500" }),
      ...["shop", "a b&c"].map((name) => ["projects", name]),
      ...Object.entries({ project_prefix: "s", branch: "main", profile: "prod", currency: "USD" }),
      ...["team=a=b", "tier"].map((label) => ["label", label]),
      ...Object.entries({
        commit_sha: "c0ffee",
        pull_request_url: "https://git.example/1?a",
        run_id: "a/b/1",
      }),
    ]);
    const { code } = await exported(...args, "--url", service.url, "--as-of", as_of, "--project", "shop");
    expect(code).toBe(0);
    expect(await readFile(file, "utf8")).toBe(
      (await call(service, `${route}?as_of=${as_of}&projects=shop`)).text,
    );
    expect(await exported(...args, "--url", service.url, ...options)).toEqual({ code: 0, stderr: "" });
  });

  it("--portfolio refuses an invalid value, and names the option", async () => {
    const { code, stderr } = await exported("--portfolio", "--url", service.url, "--group-by", "team");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^BAD_USER_INPUT: --group-by must be one of: total, project/);
    const refused = async (...args: string[]) =>
      (await exported("--portfolio", "--url", service.url, ...args)).stderr;
    expect(await refused("--group-by", "tag")).toBe(
      "BAD_USER_INPUT: --key is required with --group-by tag\n",
    );
    expect(await refused("--key", "team", "--limit", "0", "--group-by", "total")).toBe(
      "BAD_USER_INPUT: --key must be left out with --group-by total; only --group-by tag and --group-by label have a key\n",
    );
    expect(await refused("--limit", "0", "--label", "a", "--label", "b=\u0001")).toMatch(
      /^BAD_USER_INPUT: --limit must be from 1 to 100/,
    );
  });

  it("refuses a missing job, and does not change the file", async () => {
    const file = join(folder, "kept.csv");
    await writeFile(file, "kept");
    const { code, stderr } = await exported("x/../y", "--url", service.url, "--output", file);
    expect(code).toBe(1);
    expect(stderr).toBe('NOT_FOUND: job_id must be the id of a stored job; no job has the id "x/../y"\n');
    expect(await readFile(file, "utf8")).toBe("kept");
  });

  it("has an error for an unreachable server", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await exported(id, "--url", url);
    expect(code).toBe(3);
    expect(stderr).toContain(`${url} cannot be reached`);
  });

  it("has an error for an interrupted response, and names the incomplete file", async () => {
    const server = await standIn((response) => {
      response.writeHead(200, { "content-type": "text/csv" }).write("resource_id\r\n");
      setTimeout(() => response.destroy(), 50);
    });
    const { code, stderr } = await exported(id, "--url", server.url, "--output", join(folder, "half.csv"));
    expect(code).toBe(3);
    expect(stderr).toMatch(/was interrupted .*half\.csv is incomplete\.\n$/);
  });

  it("has an error for a redirect, and does not follow it", async () => {
    const server = await standIn((response) => {
      response.writeHead(302, { location: "https://example.com/login" });
      response.end();
    });
    const { code, stderr } = await exported(id, "--url", server.url);
    expect(code).toBe(1);
    expect(stderr).toContain("It redirects to https://example.com/login");
    expect(server.received.map(({ url }) => url)).toEqual([`/api/v1/jobs/${id}/resources.csv`]);
  });

  it("does not accept a web page", async () => {
    const server = await standIn((response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in</p>");
    });
    const { code, stderr } = await exported(id, "--url", server.url);
    expect(code).toBe(1);
    expect(stderr).toContain("Is this the URL of a results storage?");
  });

  it.each([
    [[], "missing required argument"],
    [["x", "--format", "xlsx"], "Allowed choices are csv, json, focus"],
    [["x", "--url", "nowhere"], "must be a URL"],
    [["x", "--portfolio"], "a job or --portfolio, not both"],
    [["x", "--project", "shop"], "require --portfolio"],
    [["--portfolio", "--format", "focus"], "csv and json, not focus"],
  ])("%j is wrong usage", async (args, message) => {
    const { code, stderr } = await exported(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("cannot write to a missing folder", async () => {
    const { code, stderr } = await exported(id, "--url", service.url, "--output", join(folder, "no", "file"));
    expect(code).toBe(2);
    expect(stderr).toContain("cannot be written");
  });
});
