import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Ended, run } from "./support/command-line.ts";
import { createTestDatabase } from "./support/database.ts";
import { scratchFolder } from "./support/scratch-folder.ts";
import { freePort } from "./support/stand-in.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

/** A folder with these parts of the project; what is missing was not cloned, copied, built or installed there. */
async function folderWith(...parts: readonly string[]): Promise<string> {
  const folder = await scratchFolder();
  for (const part of ["package.json", "package-lock.json", ...parts]) {
    await cp(join(project, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** Runs npm in a folder, with our Node.js and without the project's build tools on the PATH. */
async function npm(folder: string, ...args: readonly string[]): Promise<Ended> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.startsWith(project));
  const child = spawn("npm", ["--silent", ...args], {
    cwd: folder,
    env: { HOME: process.env.HOME, PATH: [dirname(process.execPath), ...path].join(delimiter) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

describe("An installation without development packages", () => {
  it("succeeds in a clone, and where only the package files were copied yet", async () => {
    const clone = await folderWith("bin", "src", "tools");
    expect(await npm(clone, "run", "prepare")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await npm(await folderWith(), "run", "prepare")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("names the command that builds the program when npm start finds no dist/", async () => {
    const clone = await folderWith("bin", "src", "tools");
    const { code, stdout, stderr } = await npm(clone, "start");
    expect(stderr).toContain(
      `${join(clone, "dist", "cli.js")} is missing. Build it with "npm ci && npm run build"`,
    );
    expect(stderr).not.toMatch(/^\s+at |node:internal|tsx/m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it.each([
    ["built in the clone", ["bin", "dist", "src", "tools"]],
    ["copied into an image", ["bin", "dist"]],
  ])("runs a dist/ that was %s", async (_name, parts) => {
    const { code, stdout } = await npm(await folderWith(...parts), "start", "--", "--help");
    expect(stdout).toContain("Usage: results-storage serve");
    expect(code).toBe(0);
  });
});

describe("An installation with development packages", () => {
  it("builds what is out of date at npm start", async () => {
    const clone = await folderWith(
      "bin",
      "src",
      "migrations",
      "mikro-orm.config.ts",
      "tools",
      "web",
      "tsconfig.json",
      "web",
    );
    await symlink(join(project, "node_modules"), join(clone, "node_modules"));
    await mkdir(join(clone, "dist"));
    await writeFile(join(clone, "dist", "cli.js"), 'throw new Error("built from older sources");');
    const { code, stdout } = await npm(clone, "start", "--", "--help");
    expect(stdout).toContain("Usage: results-storage serve");
    expect(code).toBe(0);
    await access(join(clone, "dist", "large-requests.thread.js"));
  });
});

describe("A package that is unpacked, without the packages it depends on", () => {
  const native = join(project, "test/estimates/files/native.json");

  it("pushes and exports", async () => {
    const folder = await folderWith("bin", "dist");
    const pushed = await run(["push", native, "--dry-run"], { folder });
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    // Refused by a proxy that is not there, which shows that the code for proxies came along.
    const proxy = `127.0.0.1:${await freePort()}`;
    const exported = await run(["export", "x"], { folder, env: { HTTP_PROXY: proxy } });
    expect(exported.stderr).toContain(`the proxy ${proxy} of HTTP_PROXY`);
  });

  it("says what to install when a command needs more", async () => {
    const { code, stderr } = await run(["serve"], { folder: await folderWith("bin", "dist") });
    expect(stderr).toMatch(
      /^Cannot find package '.*\nRun "npm ci --omit=dev" in the clone, or "npm install --global"/,
    );
    expect(code).toBe(1);
  });
});

describe("An installed package", () => {
  it("serves the page, and names no command of a clone when it starts", async () => {
    const database = await createTestDatabase();
    const folder = await folderWith("bin", "dist");
    await symlink(join(project, "node_modules"), join(folder, "node_modules"));
    const server = spawn(process.execPath, ["bin/results-storage.js", "serve"], {
      cwd: folder,
      env: { DATABASE_URL: database.url, PORT: "0", AUTH: "none" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = once(server, "exit");
    try {
      let welcome = "";
      for await (const chunk of server.stdout) {
        welcome += chunk;
        if (welcome.includes("Press Ctrl-C")) break;
      }
      expect(welcome).toMatch(/ RESULTS_STORAGE_URL=\S+ results-storage push infracost.json\n/);
      expect(welcome).not.toMatch(/npx|npm/);
      const [url] = /http:\/\/[^/\s]+/.exec(welcome) ?? [];
      const page = await (await fetch(`${url}/`)).text();
      const [script] = /\/assets\/[^"]+\.js/.exec(page) ?? [];
      expect((await fetch(`${url}${script}`)).headers.get("content-type")).toContain("javascript");
    } finally {
      server.kill();
      await exited;
      await database.drop();
    }
  });
});
