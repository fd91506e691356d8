import type { EstimateWarning } from "../jobs/job.graphql.ts";
import { BadUserInput, type InputProblem } from "../lib/errors.ts";
import { jsonProblem } from "../lib/storable-json.ts";
import { isStorable, TEXT_RULE } from "../lib/text.ts";
import type { Estimate, NewEstimate, ResourceCost } from "./estimate.ts";

/** More resources than this are refused: an estimate of a whole organisation is several estimates. */
const MAX_RESOURCES = 100_000;
const MAX_WARNINGS = 1_000;

/** How long a text may be. */
interface Longest {
  readonly most: number;
  readonly unit: "characters" | "bytes";
}

/** The longest each text may be. Terraform addresses and URLs are the long ones. */
const LENGTHS = {
  name: { most: 255, unit: "characters" },
  // Project and branch stand in one index together, and PostgreSQL has no index rows of more than 2,704 bytes.
  path: { most: 1_024, unit: "bytes" },
  address: { most: 2_048, unit: "characters" },
  message: { most: 4_096, unit: "characters" },
} as const satisfies Record<string, Longest>;

/**
 * Refuses an estimate that cannot be stored as it is. Decimals and currencies were checked when they were
 * parsed (graphql/scalars); here is what depends on the field and on its neighbours.
 * @throws BadUserInput with every problem, by its path below `input`.
 */
export function checkEstimate(input: NewEstimate): void {
  const problems = [
    ...text("input.idempotencyKey", input.idempotencyKey, LENGTHS.name),
    ...text("input.userId", input.userId, LENGTHS.name),
    ...text("input.project", input.project, LENGTHS.path),
    ...text("input.branch", input.branch, LENGTHS.path),
    ...text("input.commitSha", input.commitSha, LENGTHS.name),
    ...text("input.pullRequestUrl", input.pullRequestUrl, LENGTHS.address),
    ...text("input.terraformPlanHash", input.terraformPlanHash, LENGTHS.name),
    ...json("input.labels", input.labels),
    ...estimateProblems("input.estimate", input.estimate),
  ];
  if (problems.length > 0) throw new BadUserInput(problems);
}

function estimateProblems(path: string, estimate: Estimate): InputProblem[] {
  const { byResource, byService, byRegion, warnings } = estimate;
  if (byResource.length > MAX_RESOURCES) {
    return [{ path: `${path}.byResource`, message: `must hold at most ${MAX_RESOURCES} resources` }];
  }
  return [
    ...confidence(`${path}.confidenceScore`, estimate.confidenceScore),
    ...text(`${path}.estimator`, estimate.estimator, LENGTHS.name),
    ...byResource.flatMap((resource, i) => resourceProblems(`${path}.byResource[${i}]`, resource)),
    ...totals(`${path}.byService`, "service", byService, ({ service }) => service),
    ...totals(`${path}.byRegion`, "region", byRegion, ({ region }) => region),
    ...(byRegion ?? []).flatMap(({ services }, i) =>
      totals(`${path}.byRegion[${i}].services`, "service", services, ({ service }) => service),
    ),
    ...warningProblems(`${path}.warnings`, warnings ?? []),
  ];
}

function resourceProblems(path: string, resource: ResourceCost): InputProblem[] {
  return [
    ...text(`${path}.resourceId`, resource.resourceId, LENGTHS.address),
    ...text(`${path}.resourceType`, resource.resourceType, LENGTHS.name),
    ...text(`${path}.service`, resource.service, LENGTHS.name),
    ...text(`${path}.region`, resource.region, LENGTHS.name),
    ...confidence(`${path}.confidenceScore`, resource.confidenceScore),
    ...json(`${path}.costDrivers`, resource.costDrivers),
    ...json(`${path}.assumptions`, resource.assumptions),
    ...json(`${path}.tags`, resource.tags),
  ];
}

function totals<Total extends { readonly resourceCount?: number | null | undefined }>(
  path: string,
  field: string,
  list: readonly Total[] | null | undefined,
  nameOf: (total: Total) => string,
): InputProblem[] {
  const firstAt = new Map<string, number>();
  return (list ?? []).flatMap((total, i) => {
    const name = nameOf(total);
    const problems = text(`${path}[${i}].${field}`, name, LENGTHS.name);
    if ((total.resourceCount ?? 0) < 0) {
      problems.push({ path: `${path}[${i}].resourceCount`, message: "must not be negative" });
    }
    const first = firstAt.get(name);
    if (first === undefined) firstAt.set(name, i);
    else
      problems.push({
        path: `${path}[${i}].${field}`,
        message: `must not repeat ${path}[${first}].${field}`,
      });
    return problems;
  });
}

function warningProblems(path: string, warnings: readonly EstimateWarning[]): InputProblem[] {
  if (warnings.length > MAX_WARNINGS)
    return [{ path, message: `must hold at most ${MAX_WARNINGS} warnings` }];
  return warnings.flatMap(({ code, message }, i) => [
    ...(/^[A-Z][A-Z0-9_]{0,63}$/.test(code)
      ? []
      : [{ path: `${path}[${i}].code`, message: "must be UPPER_SNAKE_CASE with at most 64 characters" }]),
    ...text(`${path}[${i}].message`, message, LENGTHS.message),
  ]);
}

function text(path: string, value: string | null | undefined, { most, unit }: Longest): InputProblem[] {
  if (value === null || value === undefined) return [];
  if (value.trim() === "") return [{ path, message: "must not be empty" }];
  if (isLonger(value, most, unit)) return [{ path, message: `must have at most ${most} ${unit}` }];
  return isStorable(value) ? [] : [{ path, message: TEXT_RULE }];
}

function isLonger(value: string, most: number, unit: Longest["unit"]): boolean {
  if (unit === "bytes") return Buffer.byteLength(value) > most;
  // A character beyond U+FFFF has a length of two; counting them is for the few that may be too long.
  return value.length > most && (value.length > 2 * most || [...value].length > most);
}

function confidence(path: string, value: number | null | undefined): InputProblem[] {
  if (value === null || value === undefined || (value >= 0 && value <= 1)) return [];
  return [{ path, message: "must be from 0 to 1; leave it out if it is not known" }];
}

function json(path: string, value: ResourceCost["costDrivers"]): InputProblem[] {
  const problem = value === undefined ? undefined : jsonProblem(path, value);
  return problem === undefined ? [] : [problem];
}
