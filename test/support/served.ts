import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "./command-line.ts";

/** A `results-storage serve`, and all that it has said. */
export interface Served {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  stdout: string;
  stderr: string;
}

const running: Served[] = [];

/** Ends the servers that a test has left running. */
export async function endServed(): Promise<void> {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
}

/** Starts the service in its own process, which ends with the test; without access control by default. */
export function serve(env: Readonly<Record<string, string>>): Served {
  const child = start(["serve"], { PORT: "0", AUTH: "none", ...env }, { stdio: ["ignore", "pipe", "pipe"] });
  const server: Served = { child, ended: once(child, "close").then(() => undefined), stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (server.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (server.stderr += text));
  running.push(server);
  return server;
}

/** Waits until a server can be used, and returns its URL. */
export function urlOf(server: Served): Promise<string> {
  return said(server, () => /(http:\S+)\/graphql/.exec(server.stdout)?.[1]);
}

/** Waits until a server answers health checks, be it without a database, and returns its URL. */
export function listeningUrlOf(server: Served): Promise<string> {
  return said(server, () => /Answering health checks at (http:[^;]+);/.exec(server.stderr)?.[1]);
}

/** Waits for a server's end, and returns its exit code. */
export async function exitCodeOf({ child, ended }: Served): Promise<number | null> {
  await ended;
  return child.exitCode;
}

/** Stops a server, which then has written all of its log. */
export async function stop({ child, ended }: Served): Promise<void> {
  child.kill("SIGTERM");
  await ended;
}

/** The service's log is JSON lines; other lines on standard error are messages for persons. */
export function sentencesOf({ stderr }: Served): string {
  return stderr.replace(/^\{.*\}\n/gm, "");
}

/** Waits for a text in a server's output; fails when the server ends before. */
export async function said<Found>(server: Served, find: () => Found | undefined): Promise<Found> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (server.child.exitCode !== null || server.child.signalCode !== null) throw new Error(server.stderr);
    await sleep(20);
  }
}

/** The messages of the warnings in a server's log so far. */
export function warningsOf({ stderr }: Served): string[] {
  const lines = stderr.split("\n").filter((line) => /^\{.*\}$/.test(line));
  return lines
    .map((line): { level: number; msg: string } => JSON.parse(line))
    .flatMap(({ level, msg }) => (level === 40 ? msg : []));
}
