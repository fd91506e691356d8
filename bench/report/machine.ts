import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** What it was measured on, and what was measured. */
export function describeMachine(postgresVersion: string): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${new Date().toISOString().slice(0, 16)}Z, commit ${commit()}, ${cpus().length} x ${cpu?.model.trim()}, ${memory} GiB, ` +
    `${type()} ${release()}, Node.js ${process.versions.node}, PostgreSQL ${postgresVersion}, ` +
    `load average before ${loadavg()[0]?.toFixed(1)}`
  );
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty=+ (with changes)"], {
      encoding: "utf8",
    }).trim();
  } catch {
    return "unknown";
  }
}
