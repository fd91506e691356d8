import { expect } from "vitest";
import type { StoreEstimateInput } from "../../src/client/generated.ts";
import { isRawNumber } from "../../src/lib/json.ts";
import { resource } from "./estimates.ts";
import type { Answer, TestService } from "./service.ts";
import { NOTHING, rowCounts } from "./tables.ts";

/** An input with every field filled, and nothing wrong with it. */
export const GOOD_INPUT: StoreEstimateInput = {
  idempotencyKey: "key",
  userId: "ana",
  project: "shop",
  branch: "main",
  commitSha: "c0ffee",
  pullRequestUrl: "https://example.com/pull/1",
  terraformPlanHash: "abc",
  labels: { team: "platform" },
  estimate: {
    totalMonthlyCost: "10.00",
    currency: "USD",
    profile: "PROD",
    confidenceScore: 0.9,
    estimator: "test 1.0",
    estimatedAt: "2026-11-22T10:15:00Z",
    byResource: [
      resource({
        storageCost: "0",
        networkCost: "0",
        otherCost: "0",
        confidenceScore: 0.9,
        costDrivers: [],
        assumptions: [],
        tags: {},
      }),
    ],
    byService: [{ service: "EC2", totalMonthlyCost: "10.00", resourceCount: 1 }],
    byRegion: [
      {
        region: "eu-west-1",
        totalMonthlyCost: "10.00",
        resourceCount: 1,
        services: [{ service: "EC2", totalMonthlyCost: "10.00", resourceCount: 1 }],
      },
    ],
    warnings: [{ code: "A_CODE", message: "A message." }],
  },
};

/** The good input with another value at a path such as `input.estimate.byResource[0].region`. */
export function withValue(path: string, value: unknown): object {
  const steps = path.match(/[^.[\]]+/g) ?? [];
  const last = steps.pop() ?? "";
  const changed = { input: structuredClone(GOOD_INPUT) };
  let place: object = changed;
  for (const step of steps) place = Reflect.get(place, step);
  Reflect.set(place, last, value);
  return changed.input;
}

/** How an input can be sent: in the request's variables, or written out in the query's text. */
export const WAYS: [string, (service: TestService, input: object) => Promise<Answer<unknown>>][] = [
  [
    "in a variable",
    (service, input) =>
      service.query(
        "mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { created job { id } } }",
        { input },
      ),
  ],
  [
    "in the query's text",
    (service, input) =>
      service.query(`mutation { storeEstimate(input: ${literal(input)}) { created job { id } } }`),
  ],
];

/** Expects that an input was refused because of the value at a path, and that nothing was stored. */
export async function expectRefusal(
  service: TestService,
  { errors = [] }: Answer<unknown>,
  path: string,
  rule: string,
): Promise<void> {
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
  expect(errors[0]?.message).toContain(path);
  expect(errors[0]?.message).toContain(rule);
  expect(await rowCounts(service)).toEqual(NOTHING);
}

/** A value in GraphQL's own notation. */
function literal(value: unknown, field = ""): string {
  if (isRawNumber(value)) return value.rawJSON;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `${name}: ${literal(item, name)}`)
      .join(", ")} }`;
  }
  // The only enum of the inputs.
  return field === "profile" ? String(value) : JSON.stringify(value);
}
