/** A cost component, as an estimator states it. Quantity and price are text for information, and not validated. */
export interface CostComponent {
  readonly name: string;
  readonly unit: string | null;
  readonly monthlyQuantity: string | null;
  readonly price: string | null;
  /** null: unknown. */
  readonly monthlyCost: string | null;
  readonly usageBased: boolean;
  /** Whether the cost is unknown because the estimator found no price; its cost of 0 means nothing then. */
  readonly priceNotFound: boolean;
}

/** A resource or a subresource with its cost components. */
export interface PricedPart {
  readonly name: string;
  readonly components: readonly CostComponent[];
  readonly parts: readonly PricedPart[];
}

/** The four parts of a resource's cost. */
export type CostCategory = "compute" | "storage" | "network" | "other";

/** A cost component of a resource, as it is stored. */
export interface CostDriver {
  /** The name after those of its subresources: `root_block_device / Storage (gp2)`. */
  readonly name: string;
  readonly category: CostCategory;
  readonly unit: string | null;
  readonly monthlyQuantity: string | null;
  readonly price: string | null;
  readonly monthlyCost: string | null;
  readonly usageBased?: true;
  readonly priceNotFound?: true;
}

/** The cost components of a resource and of all its subresources. */
export function costDrivers(resource: PricedPart, resourceType: string): CostDriver[] {
  return driversOf(resource, "", inTerraformStyle(resourceType));
}

function driversOf(part: PricedPart, path: string, resourceType: string): CostDriver[] {
  const own = part.components.map(({ usageBased, priceNotFound, ...component }) => ({
    name: path + component.name,
    category: categoryOf({ name: component.name, unit: component.unit ?? "", resourceType }),
    unit: component.unit,
    monthlyQuantity: component.monthlyQuantity,
    price: component.price,
    monthlyCost: component.monthlyCost,
    ...(usageBased ? { usageBased: true as const } : {}),
    ...(priceNotFound ? { priceNotFound: true as const } : {}),
  }));
  const inner = part.parts.flatMap((inside) => driversOf(inside, `${path}${inside.name} / `, resourceType));
  return [...own, ...inner];
}

/** `aws_ec2_nat_gateway` for `AWS::EC2::NatGateway`: the rules are about the words of Terraform types. */
function inTerraformStyle(resourceType: string): string {
  if (!resourceType.includes("::")) return resourceType;
  return resourceType
    .replaceAll("::", "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

interface CategorizedComponent {
  readonly name: string;
  readonly unit: string;
  readonly resourceType: string;
}

/** The category of the first matching rule, else other. */
export function categoryOf(component: CategorizedComponent): CostCategory {
  const rule = CATEGORY_RULES.find(
    ({ name, unit, resourceType }) =>
      (name === undefined || name.test(component.name)) &&
      (unit === undefined || unit.test(component.unit)) &&
      (resourceType === undefined || resourceType.test(component.resourceType)),
  );
  return rule?.category ?? "other";
}

/** A rule matches a component when all its patterns match. */
interface CategoryRule {
  readonly category: CostCategory;
  readonly name?: RegExp;
  readonly unit?: RegExp;
  readonly resourceType?: RegExp;
}

/** In the order of reliability: a name is more specific than a unit, and a unit than the type of the resource. */
const CATEGORY_RULES: readonly CategoryRule[] = [
  // Data transfer, for every type of resource.
  {
    category: "network",
    name: /data transfer|\begress\b|\bingress\b|outbound|inbound|bandwidth|data out\b/i,
  },
  {
    category: "network",
    name: /\bNAT gateway|load balancer|\bLCU\b|\bIP address|elastic IP|\bVPN\b|peering/i,
  },
  { category: "network", name: /direct connect|express ?route|transit gateway|private ?link|VPC endpoint/i },

  // Disk access is priced with disk space; other requests are neither storage nor network.
  { category: "storage", name: /\bIOPS\b|\bI\/O\b|snapshot|\bbackups?\b|\bdisks?\b|archiv/i },
  { category: "storage", unit: /\bIOPS\b/i },
  { category: "storage", name: /throughput/i, resourceType: /ebs|efs|fsx|disk|instance|autoscaling|launch/ },
  {
    category: "other",
    name: /requests?\b|operations|notifications|messages|queries|API calls|monitoring|scanned/i,
  },
  { category: "storage", name: /storage|\bretention\b|capacity pool|data stored|stored data/i },
  { category: "storage", unit: /GB-months?|GiB-months?|TB-months?/i },

  // Machine time and memory.
  {
    category: "compute",
    name: /\b(instances?|virtual machines?|nodes?|clusters?|workers?|brokers?) ?(usage)?\b/i,
  },
  {
    category: "compute",
    name: /v?CPU|\bGPU\b|\bmemory\b|\bRAM\b|\bduration\b|\bcompute\b|execution|per GB per hour/i,
  },
  { category: "compute", name: /on-demand|reserved|\bspot\b|preemptible|instance type|capacity unit-hours/i },
  { category: "compute", unit: /v?CPU|GB-seconds|GB-hours|\bDPU|\bACU|\bDTU|\bRPU/i },

  // Components with a generic name: the type of the resource decides.
  {
    category: "network",
    resourceType: /nat_gateway|_vpn_|_dx_|transit_gateway/,
  },
  {
    category: "network",
    resourceType: /_(lb|alb|elb|eip|firewall|public_ip|bastion_host|application_gateway)$/,
  },
  {
    category: "network",
    resourceType: /cloudfront|cdn|front_?door|networkfirewall|network_firewall|global_accelerator/,
  },
  {
    category: "network",
    resourceType: /route53|dns_|vpc_endpoint|private_endpoint|express_route|traffic_manager/,
  },
  {
    category: "network",
    resourceType: /forwarding_rule|compute_(address|router|ha_vpn|vpn|global_address|external)/,
  },
  {
    category: "storage",
    resourceType: /ebs_volume|ebs_snapshot|managed_disk|compute_(disk|snapshot|image)|_efs_|_fsx_/,
  },
  {
    category: "compute",
    unit: /hours/i,
    resourceType:
      /instance|cluster|node_?(group|pool)|virtual_machine|service_plan|container|scale_set|domain$/,
  },
];
