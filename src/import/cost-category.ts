import type { InfracostPricedThing, InfracostResource } from "./infracost-shape.ts";

/** The four shares that a resource's cost is divided into. */
export type CostCategory = "compute" | "storage" | "network" | "other";

/** What a cost component's category is told from. */
interface CategorizedComponent {
  readonly name: string;
  readonly unit: string;
  readonly resourceType: string;
}

/** The category of a cost component: that of the first rule which fits, else other. */
export function categoryOf(component: CategorizedComponent): CostCategory {
  const rule = CATEGORY_RULES.find(
    ({ name, unit, resourceType }) =>
      (name === undefined || name.test(component.name)) &&
      (unit === undefined || unit.test(component.unit)) &&
      (resourceType === undefined || resourceType.test(component.resourceType)),
  );
  return rule?.category ?? "other";
}

/** A component fits when each pattern that the rule has is found in it. */
interface CategoryRule {
  readonly category: CostCategory;
  readonly name?: RegExp;
  readonly unit?: RegExp;
  readonly resourceType?: RegExp;
}

/**
 * Which of the four categories a cost component belongs to. The first rule that fits counts, and what fits none
 * is "other": so what is told for certain by its name stands first, what its unit or its resource's type suggests last.
 */
const CATEGORY_RULES: readonly CategoryRule[] = [
  // Bytes on their way, whatever resource they leave.
  {
    category: "network",
    name: /data transfer|\begress\b|\bingress\b|outbound|inbound|bandwidth|data out\b/i,
  },
  {
    category: "network",
    name: /\bNAT gateway|load balancer|\bLCU\b|\bIP address|elastic IP|\bVPN\b|peering/i,
  },
  { category: "network", name: /direct connect|express ?route|transit gateway|private ?link|VPC endpoint/i },

  // Disk access is paid like disk space; other calls are neither.
  { category: "storage", name: /\bIOPS\b|\bI\/O\b|snapshot|\bbackups?\b|\bdisks?\b|archiv/i },
  { category: "storage", unit: /\bIOPS\b/i },
  { category: "storage", name: /throughput/i, resourceType: /ebs|efs|fsx|disk|instance|autoscaling|launch/ },
  {
    category: "other",
    name: /requests?\b|operations|notifications|messages|queries|API calls|monitoring|scanned/i,
  },
  { category: "storage", name: /storage|\bretention\b|capacity pool|data stored|stored data/i },
  { category: "storage", unit: /GB-months?|GiB-months?|TB-months?/i },

  // Time on a machine, and the memory that goes with it.
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

  // What nothing but the resource's type tells.
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

/** One line of a resource's bill, as it is stored among its cost drivers. */
export interface CostDriver {
  /** The component's name behind the subresources it belongs to: `root_block_device / Storage (gp2)`. */
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
export function costDrivers(resource: InfracostResource, resourceType: string): CostDriver[] {
  return driversOf(resource, "", resourceType);
}

function driversOf(thing: InfracostPricedThing, path: string, resourceType: string): CostDriver[] {
  const own = (thing.costComponents ?? []).map((component) => ({
    name: path + component.name,
    category: categoryOf({ name: component.name, unit: component.unit ?? "", resourceType }),
    unit: component.unit ?? null,
    monthlyQuantity: component.monthlyQuantity,
    price: component.price,
    monthlyCost: component.monthlyCost,
    ...(component.usageBased ? { usageBased: true as const } : {}),
    ...(component.priceNotFound ? { priceNotFound: true as const } : {}),
  }));
  const inner = (thing.subresources ?? []).flatMap((part) =>
    driversOf(part, `${path}${part.name} / `, resourceType),
  );
  return [...own, ...inner];
}
