import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const RULES = fileURLToPath(new URL("../../deploy/prometheus-alerts.yml", import.meta.url));
const UNIT_TESTS = fileURLToPath(new URL("prometheus-alerts.test.yml", import.meta.url));

const service = startService({ METRICS_PORT: "0" });

/** Debian's package "prometheus" has promtool; .ci/run installs it. */
const hasPromtool = spawnSync("promtool", ["--version"]).error === undefined;
if (!hasPromtool) {
  process.stderr.write(
    "promtool is not installed (Debian: apt-get install prometheus): the alert rules are not checked.\n",
  );
}

function promtool(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** The metrics of other programs in the rules. */
const OF_OTHERS = ["up", "probe_success", "node_filesystem_avail_bytes"];

describe("The alert rules", () => {
  it("name only metrics that the service has", async () => {
    const text = (await readFile(RULES, "utf8")).replace(/^#.*$/gm, "");
    const named = text.match(/\b(?:results_storage|nodejs|process|node)_\w+/g) ?? [];
    const metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
    const known = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    expect(new Set(named).size).toBeGreaterThan(8);
    const unknown = named.filter(
      (name) => !known.has(name.replace(/_bucket$/, "")) && !OF_OTHERS.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it("have a severity, a summary and a description each", async () => {
    const rules = (await readFile(RULES, "utf8")).split(/^ +- alert: /m).slice(1);
    expect(rules).toHaveLength(13);
    for (const rule of rules) {
      expect(rule).toMatch(/severity: (?:critical|warning)\n/);
      expect(rule).toMatch(/summary: .+\n +description: >-\n/);
    }
  });

  it.skipIf(!hasPromtool)("are valid (promtool check rules)", () => {
    const { status, output } = promtool("check", "rules", RULES);
    expect([status, output]).toEqual([0, expect.stringContaining("13 rules found")]);
  });

  it.skipIf(!hasPromtool)("fire when they should, and not otherwise (promtool test rules)", () => {
    const { status, output } = promtool("test", "rules", UNIT_TESTS);
    expect([status, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });
});
