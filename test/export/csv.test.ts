import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call } from "../server/rest-client.ts";
import { decimal } from "../support/decimals.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** Names with quotes, line breaks, formulas and other alphabets. */
const nasty = () =>
  fc.oneof(
    fc
      .array(
        fc.constantFrom(..."=+-@\t\r\n\",;' |", "=cmd|' /C calc'!A0", "\r\n", "ü", "→", "＝", "🚀", "a"),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => !text.includes("\0")),
  );
const name = () => nasty().filter((text) => text.trim() !== "" && text.length <= 200);

const resources = () =>
  fc.array(
    fc.record({
      resourceId: name(),
      resourceType: name(),
      service: name(),
      region: name(),
      totalMonthlyCost: fc.option(decimal()),
      computeCost: decimal(),
      otherCost: decimal(),
      confidenceScore: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      costDrivers: fc.oneof(name(), fc.constant(-5), fc.array(fc.record({ component: name() }))),
      tags: fc.dictionary(name(), name(), { maxKeys: 3 }),
    }),
    { maxLength: 6 },
  );

const RESOURCES = `query ($id: ID!) { job(id: $id) { resources(first: 1000) { nodes {
  resourceId resourceType service region totalMonthlyCost computeCost otherCost confidenceScore costDrivers tags
} } } }`;

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const guarded = (text: string) => (FORMULA.test(text) ? `'${text}` : text);

async function csvOf(id: string, suffix = "csv"): Promise<Record<string, string>[]> {
  const { text } = await call(service, `/jobs/${id}/resources.${suffix}`);
  return parse(text, { columns: true, relax_column_count: false, record_delimiter: "\r\n" });
}

describe("resources.csv", () => {
  it("contains the same data as GraphQL, whatever the names are", async () => {
    await fc.assert(
      fc.asyncProperty(resources(), async (byResource) => {
        const id = await store(service, { estimate: estimate({ byResource }) });
        const { data } = await service.query(RESOURCES, { id });
        const rows = await csvOf(id);
        expect(rows).toHaveLength(byResource.length);
        for (const [i, node] of data.job.resources.nodes.entries()) {
          const row = rows[i] ?? {};
          expect(row).toMatchObject({
            resource_id: guarded(node.resourceId),
            resource_type: guarded(node.resourceType),
            service: guarded(node.service),
            region: guarded(node.region),
            currency: "USD",
            total_monthly_cost: node.totalMonthlyCost ?? "",
            compute_cost: node.computeCost,
            other_cost: node.otherCost,
            cost_drivers: guarded(JSON.stringify(node.costDrivers)),
          });
          expect(JSON.parse(row.tags ?? "")).toEqual(node.tags);
          const { confidence_score: score = "" } = row;
          expect(score === "" ? null : Number(score)).toEqual(node.confidenceScore);
          expect(score).not.toMatch(/e/i);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is UTF-8 with CRLF, required quotes only, and the headers of a download", async () => {
    const byResource = [
      resource({ resourceId: '=HYPERLINK("x")', region: "a,b", totalMonthlyCost: "-1.10", tags: { a: 1 } }),
      resource({ resourceId: "ünï → 🚀\nnext", totalMonthlyCost: null }),
    ];
    const id = await store(service, { estimate: estimate({ byResource }) });
    const { type, headers, text } = await call(service, `/jobs/${id}/resources.csv`);
    expect(type).toBe("text/csv; charset=utf-8");
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${id}.csv"`);
    expect(text).toBe(
      [
        "resource_id,resource_type,service,region,currency,total_monthly_cost,compute_cost,storage_cost,network_cost,other_cost,confidence_score,cost_drivers,assumptions,tags",
        `"'=HYPERLINK(""x"")",aws_instance,EC2,"a,b",USD,-1.10,10.00,0,0,0,,[],[],"{""a"":1}"`,
        `"ünï → 🚀\nnext",aws_instance,EC2,eu-west-1,USD,,10.00,0,0,0,,[],[],{}`,
        "",
      ].join("\r\n"),
    );
  });

  it("of a job without resources is its header, and in JSON an empty array", async () => {
    const id = await store(service, { estimate: estimate({ byResource: [] }) });
    expect((await call(service, `/jobs/${id}/resources.csv`)).text).toMatch(/^resource_id,[^\n]*\r\n$/);
    expect((await call(service, `/jobs/${id}/resources.json`)).json).toEqual([]);
  });
});

describe("resources.json", () => {
  it("has costs as strings, and unknown ones as null", async () => {
    const byResource = [resource({ totalMonthlyCost: "1.10" }), resource({ totalMonthlyCost: null })];
    const id = await store(service, { estimate: estimate({ byResource }) });
    const { type, json } = await call(service, `/jobs/${id}/resources.json`);
    expect(type).toBe("application/json; charset=utf-8");
    expect(json).toMatchObject([
      { resource_id: "aws_instance.web", currency: "USD", total_monthly_cost: "1.10", compute_cost: "10.00" },
      { total_monthly_cost: null },
    ]);
  });
});

describe("resources.focus.csv", () => {
  it("has the known data in the columns of FOCUS, and no invented data", async () => {
    const id = await store(service, {
      project: "shop",
      branch: "+main",
      commitSha: "c0ffee",
      terraformPlanHash: "abc",
      estimate: estimate({
        currency: "EUR",
        profile: "PROD",
        estimator: "infracost 0.10.41",
        estimatedAt: "2026-12-31T23:30:00-01:00",
        byResource: [
          resource({ totalMonthlyCost: "7.10", confidenceScore: 1e-7, tags: { team: "a", list: [1] } }),
          resource({ resourceType: "azurerm_lb", region: "unknown", totalMonthlyCost: null }),
        ],
      }),
    });
    const [known, unknown] = await csvOf(id, "focus.csv");
    expect(known).toEqual({
      BilledCost: "7.10",
      BillingAccountId: "",
      BillingAccountName: "",
      BillingCurrency: "EUR",
      BillingPeriodEnd: "2027-02-01T00:00:00Z",
      BillingPeriodStart: "2027-01-01T00:00:00Z",
      ChargeCategory: "Usage",
      ChargeClass: "",
      ChargeDescription: "aws_instance.web, estimated cost of one month",
      ChargeFrequency: "Usage-Based",
      ChargePeriodEnd: "2027-02-01T00:00:00Z",
      ChargePeriodStart: "2027-01-01T00:00:00Z",
      ContractedCost: "7.10",
      EffectiveCost: "7.10",
      InvoiceIssuerName: "",
      ListCost: "7.10",
      PricingQuantity: "",
      PricingUnit: "",
      ProviderName: "AWS",
      PublisherName: "",
      RegionId: "eu-west-1",
      RegionName: "",
      ResourceId: "aws_instance.web",
      ResourceName: "",
      ResourceType: "aws_instance",
      ServiceCategory: "Compute",
      ServiceName: "EC2",
      SubAccountId: "",
      Tags: '{"list":"[1]","team":"a"}',
      x_Assumptions: "[]",
      x_Branch: "'+main",
      x_CommitSha: "c0ffee",
      x_ComputeCost: "10.00",
      x_ConfidenceScore: "0.0000001",
      x_CostDrivers: "[]",
      x_EstimatedAt: "2027-01-01T00:30:00Z",
      x_Estimator: "infracost 0.10.41",
      x_JobId: id,
      x_NetworkCost: "0",
      x_OtherCost: "0",
      x_Project: "shop",
      x_StorageCost: "0",
      x_StoredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      x_TerraformPlanHash: "abc",
      x_UsageProfile: "prod",
    });
    expect(unknown).toMatchObject({
      BilledCost: "",
      EffectiveCost: "",
      ListCost: "",
      ContractedCost: "",
      ProviderName: "Microsoft",
      RegionId: "",
      x_ConfidenceScore: "",
    });
  });

  it("has the prefix x_ for its own columns, and the names of FOCUS 1.2 for all others", async () => {
    const id = await store(service);
    const [row = {}] = await csvOf(id, "focus.csv");
    expect(
      Object.keys(row).filter((column) => !column.startsWith("x_") && !FOCUS_1_2.includes(column)),
    ).toEqual([]);
    expect(MANDATORY.filter((column) => !(column in row))).toEqual([]);
  });
});

/** The columns of FOCUS 1.2 of which one may have to be there. */
const MANDATORY = [
  ...["BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"],
  ...["BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd"],
  ...["ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost"],
  ...["PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName"],
];
const FOCUS_1_2 = [
  ...MANDATORY,
  ...["ChargeFrequency", "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType"],
  ...["SubAccountId", "Tags"],
];
