/**
 * Three months of estimates of four projects, for every screen of the page: a step, a spike, a failed run, a moved
 * module, unknown costs, two currencies, and a pull request over two projects. The days are counted back from today, so
 * that the history is always current.
 */
import { Big } from "big.js";
import type { EstimateInput, ResourceCostInput, StoreEstimateInput } from "../src/estimates/estimate.ts";

/** The days of the history before today. */
const DAYS = 90;

const DAY_MS = 86_400_000;

/** A resource with one cost component. Costs are per month. */
interface Component {
  readonly address: string;
  readonly service: string;
  readonly region: string;
  readonly component: string;
  readonly category: "compute" | "storage" | "network" | "other";
  readonly unit: string;
  /** undefined: the estimator knows no price. */
  readonly price: string | undefined;
  readonly quantity: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A project and its resources on a day of the history, from 0. */
interface Project {
  readonly name: string;
  readonly currency: string;
  readonly profile: "PROD" | "STAGING";
  readonly labels: Readonly<Record<string, string>>;
  /** The days between two estimates. */
  readonly every: number;
  readonly unsupported?: number;
  readonly failedOn?: number;
  readonly resources: (day: number) => readonly Component[];
}

const HOURS = "730";

const instance = (address: string, price: string, team: string, region: string): Component => ({
  address,
  service: "EC2",
  region,
  component: "Instance usage (Linux/UNIX, on-demand)",
  category: "compute",
  unit: "hours",
  price,
  quantity: HOURS,
  tags: { team, env: "prod" },
});

const storage = (
  address: string,
  service: string,
  gigabytes: number,
  price: string,
  region: string,
): Component => ({
  address,
  service,
  region,
  component: "Storage",
  category: "storage",
  unit: "GB",
  price,
  quantity: String(gigabytes),
  tags: { env: "prod" },
});

const database = (address: string, price: string, region: string): Component => ({
  ...instance(address, price, "data", region),
  service: "RDS",
  component: "Database instance (on-demand, Multi-AZ)",
});

/** A larger database from this day on. */
const STEP = 45;
const SPIKE = 68;
const MOVE = 55;
/** The instances of one run are ten times as many: a mistake that the next run corrects. */
const webServers = (day: number) => (day === SPIKE ? 30 : 3);

const PROJECTS: readonly Project[] = [
  {
    name: "acme/shop",
    currency: "USD",
    profile: "PROD",
    labels: { team: "checkout", tier: "1" },
    every: 1,
    resources: (day) => [
      ...Array.from({ length: webServers(day) }, (_, i) =>
        instance(`module.web.aws_instance.web[${i}]`, "0.192", "checkout", "eu-west-1"),
      ),
      database("module.data.aws_db_instance.main", day < STEP ? "0.356" : "0.712", "eu-west-1"),
      storage("module.web.aws_s3_bucket.assets", "S3", 800 + 4 * day, "0.023", "eu-west-1"),
      {
        address: "aws_cloudfront_distribution.shop",
        service: "CloudFront",
        region: "global",
        component: "Data transfer out to internet",
        category: "network",
        unit: "GB",
        price: "0.085",
        quantity: String(2_000 + 150 * (day % 7)),
        tags: { team: "checkout" },
      },
    ],
  },
  {
    name: "acme/search",
    currency: "USD",
    profile: "STAGING",
    labels: { team: "search", tier: "2" },
    every: 3,
    unsupported: 2,
    failedOn: 72,
    resources: (day) => [
      ...Array.from({ length: 2 }, (_, i) =>
        instance(`aws_instance.node["${i}"]`, "0.252", "search", "us-east-1"),
      ),
      storage("aws_ebs_volume.index", "EBS", 500 + 5 * day, "0.08", "us-east-1"),
      {
        ...storage("aws_opensearchserverless_collection.logs", "OpenSearch", 1, "0", "us-east-1"),
        price: undefined,
      },
    ],
  },
  {
    name: "acme/data",
    currency: "EUR",
    profile: "PROD",
    labels: { team: "data" },
    every: 2,
    resources: (day) => {
      const path = day < MOVE ? "" : "module.workers.";
      return [
        {
          ...instance(`${path}google_compute_instance.worker`, "0.31", "data", "europe-west4"),
          service: "Compute Engine",
        },
        storage(
          `${path}google_storage_bucket.lake`,
          "Cloud Storage",
          4_000 + 60 * day,
          "0.02",
          "europe-west4",
        ),
      ];
    },
  },
  {
    name: "acme/platform",
    currency: "USD",
    profile: "PROD",
    labels: { team: "platform", tier: "1" },
    every: 7,
    resources: () => [
      instance("aws_instance.bastion", "0.0104", "platform", "eu-west-1"),
      {
        address: "aws_nat_gateway.main",
        service: "VPC",
        region: "eu-west-1",
        component: "NAT gateway",
        category: "network",
        unit: "hours",
        price: "0.048",
        quantity: HOURS,
        tags: {},
      },
    ],
  },
];

const REPOSITORY = "https://github.com/acme/infrastructure";

/** A pull request that makes the database of the shop larger, and adds a node of the search. */
const PULL_REQUEST = {
  branch: "larger-database",
  pullRequestUrl: `${REPOSITORY}/pull/1042`,
  pullRequestTitle: "Larger database for the winter sale",
  targetBranch: "main",
  isDefaultBranch: false,
  runId: "github/acme/infrastructure/9041",
  runUrl: `${REPOSITORY}/actions/runs/9041`,
  commitSha: "4f9c2d81b7a63e05d9128c7fa4be01d35c66e9a7",
  commitUrl: `${REPOSITORY}/commit/4f9c2d81b7a63e05d9128c7fa4be01d35c66e9a7`,
  commitMessage: "Make the database larger",
  commitAuthor: "Ada Example",
};

/** The estimates of the history, oldest first, each with a key, so that a second demo stores nothing twice. */
export function demoHistory(today: Date): StoreEstimateInput[] {
  const midnight = Math.floor(today.getTime() / DAY_MS) * DAY_MS;
  const timeOf = (day: number) => new Date(midnight - (DAYS - day) * DAY_MS);
  const main = PROJECTS.flatMap((project) =>
    Array.from({ length: DAYS }, (_, day) => day)
      .filter((day) => (day - (DAYS - 1)) % project.every === 0)
      .map((day) => ({ branch: "main", ...inputOf(project, project.resources(day), timeOf(day), day) })),
  );
  const [shop, search] = PROJECTS;
  const last = timeOf(DAYS - 1);
  const pullRequest = [
    shop && inputOf(shop, largerDatabase(shop.resources(DAYS - 1)), last, undefined),
    search &&
      inputOf(
        search,
        [...search.resources(DAYS - 1), instance('aws_instance.node["2"]', "0.252", "search", "us-east-1")],
        last,
        undefined,
      ),
  ]
    .filter((input) => input !== undefined)
    .map((input) => ({ ...input, ...PULL_REQUEST, idempotencyKey: `${input.idempotencyKey} pull request` }));
  return [...main, ...pullRequest];
}

function largerDatabase(resources: readonly Component[]): Component[] {
  return resources.map((resource) =>
    resource.service === "RDS" ? { ...resource, price: "1.424" } : resource,
  );
}

function inputOf(
  { name, currency, profile, labels, unsupported, failedOn }: Project,
  resources: readonly Component[],
  estimatedAt: Date,
  day: number | undefined,
): StoreEstimateInput {
  // A failed run prices a part of the resources: its total is low, and is no saving. `every` skips some days.
  const isFailed = day !== undefined && failedOn !== undefined && day >= failedOn && day < failedOn + 3;
  const priced = isFailed ? resources.slice(0, 1) : resources;
  const costs = priced.map(resourceOf);
  const estimate: EstimateInput = {
    currency,
    profile,
    estimator: "results-storage demo",
    estimatedAt: estimatedAt.toISOString(),
    totalMonthlyCost: costs
      .reduce((sum, { totalMonthlyCost }) => sum.plus(totalMonthlyCost ?? "0"), new Big(0))
      .toFixed(),
    byResource: costs,
    isComplete: !isFailed,
    ...(unsupported === undefined ? {} : { unsupportedResourceCount: unsupported }),
    ...(isFailed
      ? { warnings: [{ code: "PROJECT_ERROR", message: "A module of the project could not be loaded." }] }
      : {}),
  };
  return {
    project: name,
    labels,
    userId: "demo",
    estimate,
    idempotencyKey: `demo ${name} ${estimatedAt.toISOString().slice(0, 10)}`,
  };
}

function resourceOf(component: Component): ResourceCostInput {
  const { address, service, region, category, unit, price, quantity, tags } = component;
  const cost = price === undefined ? null : new Big(price).times(quantity).toFixed();
  return {
    resourceId: address,
    resourceType: address.replaceAll(/module\.\w+\./g, "").replace(/\..*$/, ""),
    service,
    region,
    totalMonthlyCost: cost,
    ...(cost === null ? {} : { [`${category}Cost`]: cost }),
    costDrivers: [
      {
        name: component.component,
        category,
        unit,
        monthlyQuantity: quantity,
        price: price ?? null,
        monthlyCost: cost,
      },
    ],
    tags,
  };
}
