import type { TestService } from "./service.ts";

/** The value of a metric without labels, of a service with METRICS_PORT. */
export async function metricOf({ metricsUrl }: TestService, name: string): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no metric ${name}.`);
  return Number(line.slice(name.length));
}
