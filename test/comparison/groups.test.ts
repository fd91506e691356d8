import { describe, expect, it } from "vitest";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

function storeServices(costs: Record<string, string | null>): Promise<string> {
  const byResource = Object.entries(costs).map(([name, cost]) =>
    resource({
      resourceId: name,
      service: name,
      region: `in ${name}`,
      totalMonthlyCost: cost,
      computeCost: cost,
    }),
  );
  return store(service, { estimate: estimate({ byResource }) });
}

describe.each([
  ["services", ""],
  ["regions", "in "],
])("The %s of a comparison", (field, prefix) => {
  it("are all of either side, largest absolute delta first", async () => {
    const base = await storeServices({
      EC2: "100",
      S3: "5.5",
      RDS: "10",
      Lambda: "0",
      Kinesis: null,
      SQS: "3",
      SNS: null,
    });
    const target = await storeServices({
      EC2: "90",
      S3: "5.50",
      VPC: "40",
      Lambda: "1",
      Kinesis: "7",
      SQS: null,
      SNS: null,
    });
    const { data } = await service.query(
      `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
        ${field} { key change baseMonthlyCost targetMonthlyCost delta percentageChange }
      } }`,
      { base, target },
    );
    const row = (
      key: string,
      change: string,
      before: string | null,
      after: string | null,
      delta: string,
      per: number | null,
    ) => ({
      key: `${prefix}${key}`,
      change,
      baseMonthlyCost: before,
      targetMonthlyCost: after,
      delta,
      percentageChange: per,
    });
    expect(data.compareJobs[field]).toEqual([
      row("VPC", "ADDED", null, "40", "40", null),
      row("EC2", "CHANGED", "100", "90", "-10", -10),
      row("RDS", "REMOVED", "10", null, "-10", -100),
      row("Kinesis", "NEWLY_PRICED", null, "7", "7", null),
      row("SQS", "BECAME_UNPRICED", "3", null, "-3", null),
      row("Lambda", "CHANGED", "0", "1", "1", null),
      row("S3", "UNCHANGED", "5.5", "5.50", "0.00", 0),
      row("SNS", "UNCHANGED", null, null, "0", null),
    ]);
  });
});
