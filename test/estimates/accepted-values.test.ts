import { expect, it } from "vitest";
import { GOOD_INPUT, WAYS, withValue } from "../support/bad-input.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

it.each(WAYS)("Everything that is sent %s is answered as it was sent", async (way, send) => {
  const input = withValue("input.idempotencyKey", `everything ${way}`);
  const { data, errors } = await send(service, input);
  expect(errors).toBeUndefined();
  const { id } = (data as { storeEstimate: { job: { id: string } } }).storeEstimate.job;
  const answer = await service.query(
    `query ($id: ID!) { job(id: $id) {
      userId project branch commitSha pullRequestUrl terraformPlanHash labels
      totalMonthlyCost currency profile confidenceScore estimator estimatedAt
      warnings { code message }
      resources { nodes {
        resourceId resourceType service region totalMonthlyCost computeCost storageCost networkCost otherCost
        confidenceScore costDrivers assumptions tags
      } }
      services { service totalMonthlyCost resourceCount }
      regions { region totalMonthlyCost resourceCount services { service totalMonthlyCost resourceCount } }
    } }`,
    { id },
  );
  const { idempotencyKey: _, estimate: sent, ...about } = GOOD_INPUT;
  const { byResource, byService, byRegion, ...totals } = sent;
  expect(answer.data.job).toEqual({
    ...about,
    ...totals,
    estimatedAt: "2026-11-22T10:15:00.000Z",
    resources: { nodes: byResource },
    services: byService,
    regions: byRegion,
  });
});

it("What is left out is not stated, and its JSON is empty", async () => {
  const id = await store(service, { estimate: estimate({ byResource: [resource({ computeCost: null })] }) });
  const { data } = await service.query(
    `query ($id: ID!) { job(id: $id) {
      userId project profile confidenceScore estimatedAt labels
      resources { nodes { computeCost storageCost confidenceScore costDrivers assumptions tags } }
    } }`,
    { id },
  );
  expect(data.job).toEqual({
    userId: null,
    project: null,
    profile: null,
    confidenceScore: null,
    estimatedAt: null,
    labels: {},
    resources: {
      nodes: [
        {
          computeCost: "0",
          storageCost: "0",
          confidenceScore: null,
          costDrivers: [],
          assumptions: [],
          tags: {},
        },
      ],
    },
  });
});

it("Credits are costs below zero", async () => {
  const byResource = [resource({ totalMonthlyCost: "-3.50", computeCost: "-3.50" })];
  const id = await store(service, { estimate: estimate({ totalMonthlyCost: "-3.50", byResource }) });
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { totalMonthlyCost warnings { code } services { totalMonthlyCost } } }",
    { id },
  );
  expect(data.job).toEqual({
    totalMonthlyCost: "-3.50",
    warnings: [],
    services: [{ totalMonthlyCost: "-3.50" }],
  });
});

it("A confidence may be nothing, or all there is", async () => {
  const byResource = [resource({ confidenceScore: 0 }), resource({ resourceId: "b", confidenceScore: 1 })];
  const id = await store(service, { estimate: estimate({ confidenceScore: 0, byResource }) });
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { confidenceScore resources { nodes { confidenceScore } } } }",
    { id },
  );
  expect(data.job).toEqual({
    confidenceScore: 0,
    resources: { nodes: [{ confidenceScore: 0 }, { confidenceScore: 1 }] },
  });
});

it("An estimate without resources is an estimate", async () => {
  const id = await store(service, { estimate: estimate({ totalMonthlyCost: "0", byResource: [] }) });
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { resourceCount services { service } regions { region } warnings { code } } }",
    { id },
  );
  expect(data.job).toEqual({ resourceCount: 0, services: [], regions: [], warnings: [] });
});

it("The moment of the estimate keeps its instant, whatever its zone", async () => {
  const id = await store(service, { estimate: estimate({ estimatedAt: "2026-11-22T10:15:00.5+05:30" }) });
  const { data } = await service.query("query ($id: ID!) { job(id: $id) { estimatedAt } }", { id });
  expect(data.job.estimatedAt).toBe("2026-11-22T04:45:00.500Z");
});

it.each(WAYS)("JSON that is nested 32 levels deep is stored when it is sent %s", async (way, send) => {
  const levels = (count: number): unknown[] => (count === 1 ? [] : [levels(count - 1)]);
  const labels = { deep: levels(31) };
  const input = { ...withValue("input.labels", labels), idempotencyKey: `deep ${way}` };
  const { data } = await send(service, input);
  const { id } = (data as { storeEstimate: { job: { id: string } } }).storeEstimate.job;
  expect(
    (await service.query("query ($id: ID!) { job(id: $id) { labels } }", { id })).data.job.labels,
  ).toEqual(labels);
});

it("JSON keeps keys that mean something to JavaScript", async () => {
  const labels = '{"toJSON":1,"__proto__":{"admin":true},"rawJSON":"5","constructor":null}';
  const query = "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { job { labels } } }";
  const { data } = await service.post(
    `{"query":"${query}","variables":{"in":{"estimate":{"totalMonthlyCost":"0","byResource":[]},"labels":${labels}}}}`,
  );
  expect(data.storeEstimate.job.labels).toEqual(JSON.parse(labels));
  expect(Object.keys(data.storeEstimate.job.labels)).toContain("__proto__");
});

it.each([
  ["Use smaller nodes \n\nThey are idle.", "Use smaller nodes"],
  ["\n  Use smaller nodes\r\nThey are idle.", "Use smaller nodes"],
  ["Use smaller nodes\rThey are idle.", "Use smaller nodes"],
  [`Use smaller nodes\n${"x".repeat(5_000)}`, "Use smaller nodes"],
])(
  "Of the commit message %j, the first line is stored without blanks at its ends",
  async (commitMessage, line) => {
    const id = await store(service, { commitMessage });
    const { data } = await service.query("query ($id: ID!) { job(id: $id) { commitMessage } }", { id });
    expect(data.job).toEqual({ commitMessage: line });
  },
);
