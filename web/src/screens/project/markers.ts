import { formatDecimal } from "../../amount.tsx";
import type { PlotMarker } from "../../charts/series.ts";
import type { ProjectHistoryQuery } from "../../generated.ts";
import { routeTo } from "../../route.ts";

type History = Pick<ProjectHistoryQuery, "trend" | "costAnomalies" | "excluded" | "incomplete">;

/** The events of a series, oldest first. @param isMixed whether the history has the jobs of other profiles too. */
export function markersOf(history: History, profile: string | null, isMixed: boolean): PlotMarker[] {
  const isOwn = (job: { readonly profile: string | null }) => !isMixed || job.profile === profile;
  const marker = (
    kind: PlotMarker["kind"],
    job: { readonly id: string; readonly effectiveAt: string },
    label: string,
  ): PlotMarker => ({ kind, label, at: Date.parse(job.effectiveAt), href: routeTo("j", job.id) });
  return [
    ...history.costAnomalies
      .filter(({ job }) => isOwn(job))
      .map(({ job, direction }) =>
        marker(
          "anomaly",
          job,
          `Anomaly: ${formatDecimal(job.totalMonthlyCost)} is ${direction === "INCREASE" ? "higher" : "lower"} than expected`,
        ),
      ),
    ...history.excluded.nodes
      .filter(isOwn)
      .map((job) => marker("excluded", job, `Excluded: ${job.exclusion?.reason ?? ""}`)),
    ...history.incomplete.nodes
      .filter(isOwn)
      .map((job) => marker("incomplete", job, "Incomplete estimate, which does not count")),
    ...estimatorChanges(history.trend.series[0]?.points ?? []).map(({ job, from }) =>
      marker("estimator", job, `Estimator: ${from} → ${job.estimator ?? "not stated"}`),
    ),
  ].sort((a, b) => a.at - b.at);
}

interface Point {
  readonly lastJob: {
    readonly id: string;
    readonly effectiveAt: string;
    readonly estimator: string | null;
  } | null;
}

/** The jobs whose estimator differs from that of the interval before. */
export function estimatorChanges(points: readonly Point[]) {
  const jobs = points.flatMap(({ lastJob }) => lastJob ?? []);
  return jobs.flatMap((job, i) => {
    const previous = jobs[i - 1];
    return previous === undefined || previous.estimator === job.estimator
      ? []
      : [{ job, from: previous.estimator ?? "not stated" }];
  });
}
