import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decimal } from "../support/decimals.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

const DIGITS = [
  "1361.3075",
  "0.0000000309",
  "12345678901234567890.123456789012345678901234567890",
  "-5.10",
  "0.00",
  "7",
];

async function storedTotal(id: string): Promise<string> {
  const { data } = await service.query("query ($id: ID!) { job(id: $id) { totalMonthlyCost } }", { id });
  return data.job.totalMonthlyCost;
}

/** Stores an estimate whose total stands in the query's text as it is written here. */
async function storeLiteral(total: string): Promise<string> {
  const { data } = await service.query(
    `mutation { storeEstimate(input: { estimate: { totalMonthlyCost: ${total}, byResource: [] } }) {
      job { totalMonthlyCost }
    } }`,
  );
  return data.storeEstimate.job.totalMonthlyCost;
}

/** Stores an estimate whose total stands in the variables' JSON as it is written here. */
async function storeVariable(total: string): Promise<string> {
  const query =
    "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { job { totalMonthlyCost } } }";
  const { data } = await service.post(
    `{"query":${JSON.stringify(query)},"variables":{"in":{"estimate":{"totalMonthlyCost":${total},"byResource":[]}}}}`,
  );
  return data.storeEstimate.job.totalMonthlyCost;
}

describe("An amount comes back digit for digit", () => {
  test.each(DIGITS)("when it is sent as the string %s", async (total) => {
    const id = await store(service, { estimate: estimate({ totalMonthlyCost: total }) });
    expect(await storedTotal(id)).toBe(total);
  });

  test.each(DIGITS)("when %s is a string in the query's text", async (total) => {
    expect(await storeLiteral(`"${total}"`)).toBe(total);
  });

  test.each(DIGITS)("when %s is a number in the query's text", async (total) => {
    expect(await storeLiteral(total)).toBe(total);
  });

  test.each([...DIGITS, "0.1", "12345678901234567.89", "5.10", "99999999999999999999"])(
    "when %s is a JSON number in a variable",
    async (total) => {
      expect(await storeVariable(total)).toBe(total);
    },
  );

  test.each([
    ["1e-7", "0.0000001"],
    ["1.50E2", "150"],
    ["-0.0", "0.0"],
  ])("in plain notation, when it is the number %s", async (sent, plain) => {
    expect([await storeVariable(sent), await storeLiteral(sent)]).toEqual([plain, plain]);
  });

  it("in every field of a resource, of a service and of a region", async () => {
    const [a, b, c, d, e, f] = [...DIGITS] as [string, string, string, string, string, string];
    const service1 = { service: "EC2", totalMonthlyCost: f, resourceCount: 1 };
    const id = await store(service, {
      estimate: estimate({
        byResource: [
          resource({ totalMonthlyCost: a, computeCost: b, storageCost: c, networkCost: d, otherCost: e }),
        ],
        byService: [service1],
        byRegion: [{ region: "r", totalMonthlyCost: e, resourceCount: 1, services: [service1] }],
      }),
    });
    const { data } = await service.query(
      `query ($id: ID!) { job(id: $id) {
        resources { nodes { totalMonthlyCost computeCost storageCost networkCost otherCost } }
        services { totalMonthlyCost }
        regions { totalMonthlyCost services { totalMonthlyCost } }
      } }`,
      { id },
    );
    expect(data.job).toEqual({
      resources: {
        nodes: [{ totalMonthlyCost: a, computeCost: b, storageCost: c, networkCost: d, otherCost: e }],
      },
      services: [{ totalMonthlyCost: f }],
      regions: [{ totalMonthlyCost: e, services: [{ totalMonthlyCost: f }] }],
    });
  });

  it("whatever it is, in the whole range", async () => {
    const amounts = fc.array(decimal(), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(amounts, async (costs) => {
        const byResource = costs.map((totalMonthlyCost, i) =>
          resource({ resourceId: `r${i}`, totalMonthlyCost }),
        );
        const id = await store(service, { estimate: estimate({ byResource }) });
        const { data } = await service.query(
          "query ($id: ID!) { job(id: $id) { resources { nodes { resourceId totalMonthlyCost } } } }",
          { id },
        );
        const answered = new Map<string, string>(
          data.job.resources.nodes.map((node: Record<string, string>) => [
            node.resourceId,
            node.totalMonthlyCost,
          ]),
        );
        expect(costs.map((_, i) => answered.get(`r${i}`))).toEqual(costs);
      }),
      { numRuns: 40 },
    );
  });
});

describe("A number inside JSON", () => {
  test.each(["5.10", "0.1", "12345678901234567.89", "123456789012345678901234567890"])(
    "keeps the digits of %s in a variable and in the query's text",
    async (digits) => {
      const input = `{"estimate":{"totalMonthlyCost":"0","byResource":[]},"labels":{"price":[${digits}]}}`;
      const query = "mutation ($in: StoreEstimateInput!) { storeEstimate(input: $in) { job { labels } } }";
      const variable = await answerText(`{"query":${JSON.stringify(query)},"variables":{"in":${input}}}`);
      const inText = `mutation { storeEstimate(input: ${input.replaceAll(/"(\w+)":/g, "$1:")}) { job { labels } } }`;
      const literal = await answerText(JSON.stringify({ query: inText }));
      expect(variable).toContain(`{"labels":{"price":[${digits}]}}`);
      expect(literal).toBe(variable);
    },
  );

  async function answerText(body: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    return (await fetch(`${service.url}/graphql`, { method: "POST", headers, body })).text();
  }
});

describe("A number in the variables of a URL", () => {
  const ask = (min: string) => {
    const url = new URL(`${service.url}/graphql`);
    url.searchParams.set(
      "query",
      "query ($min: Decimal) { jobs(filter: { minTotalMonthlyCost: $min }) { totalCount } }",
    );
    url.searchParams.set("variables", `{"min": ${min}}`);
    return fetch(url, { headers: { "content-type": "application/json" } });
  };

  it.each(["12345678901234567.89", "5.0000000000000000001", "1e400"])(
    "is refused when it loses digits there: %s",
    async (min) => {
      const answer = await ask(min);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        errors: [
          {
            message: expect.stringContaining("send it as a string"),
            extensions: { code: "BAD_USER_INPUT" },
          },
        ],
      });
    },
  );

  it.each(["0.1", '"12345678901234567.89"', "null"])("is taken when it does not: %s", async (min) => {
    expect((await ask(min)).status).toBe(200);
  });
});
