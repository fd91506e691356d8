import { STORING_USER } from "../database/stored.ts";
import { operation } from "./workload.ts";

const STORE = `mutation Store($input: StoreEstimateInput!) {
  storeEstimate(input: $input) { created job { id } }
}`;

const TYPES = [
  ["aws_instance", "EC2"],
  ["aws_db_instance", "RDS"],
  ["aws_s3_bucket", "S3"],
  ["aws_lambda_function", "Lambda"],
  ["aws_nat_gateway", "VPC"],
  ["aws_lb", "ELB"],
  ["aws_ebs_volume", "EBS"],
  ["aws_eks_cluster", "EKS"],
] as const;

/** Stores an estimate of so many resources; the same one each time, without an idempotency key. */
export function storeEstimate(resourceCount: number): ReturnType<typeof operation> {
  const byResource = Array.from({ length: resourceCount }, (_, n) => resource(n));
  const totalMonthlyCost = (resourceCount * 100).toFixed(2);
  return operation(STORE, {
    input: {
      userId: STORING_USER,
      project: "bench/store",
      branch: "main",
      commitSha: "0123456789abcdef0123456789abcdef01234567",
      labels: { team: "platform" },
      estimate: {
        totalMonthlyCost,
        currency: "USD",
        profile: "PROD",
        estimator: "infracost 0.10.41",
        byResource,
      },
    },
  });
}

/** Costs 100.00 on average, in an order that has to be sorted. */
function resource(n: number): object {
  const [resourceType, service] = TYPES[n % TYPES.length] ?? TYPES[0];
  const more = n % 2 === 0 ? n % 997 : -((n - 1) % 997);
  const cents = 10_000 + more;
  return {
    resourceId: `module.m${n % 100}["${n % 10}"].${resourceType}.r${n}`,
    resourceType,
    service,
    region: ["eu-west-1", "us-east-1", "global"][n % 3],
    totalMonthlyCost: money(cents),
    computeCost: money(cents - 2_000),
    storageCost: "15.00",
    networkCost: "5.00",
    otherCost: "0",
    confidenceScore: 0.9,
    costDrivers: [
      { name: "Instance usage", unit: "hours", monthlyQuantity: "730", monthlyCost: money(cents) },
    ],
    assumptions: [{ name: "monthly_hrs", value: "730" }],
    tags: { Name: `r${n}`, team: "platform", environment: "production" },
  };
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
