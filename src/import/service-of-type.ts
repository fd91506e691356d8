import { AWS_SERVICES } from "./aws-services.ts";
import { AZURE_SERVICES } from "./azure-services.ts";
import { GOOGLE_SERVICES } from "./google-services.ts";

/** The service and the region of a resource that is in no table and no plan. */
export const UNKNOWN = "unknown";

interface Service {
  readonly name: string;
  readonly category: ServiceCategory;
  /** The resources have the region "global", whatever the region of their provider. */
  readonly isGlobal?: boolean;
  /** Terraform resource types, and prefixes of them: `aws_dynamodb` stands for `aws_dynamodb_table_item` as well. */
  readonly types: readonly string[];
}

/** The values of ServiceCategory in FOCUS 1.2 that the services have; the others are Multicloud and Other. */
type ServiceCategory =
  | "AI and Machine Learning"
  | "Analytics"
  | "Business Applications"
  | "Compute"
  | "Databases"
  | "Developer Tools"
  | "Identity"
  | "Integration"
  | "Internet of Things"
  | "Management and Governance"
  | "Media"
  | "Migration"
  | "Mobile"
  | "Networking"
  | "Security"
  | "Storage"
  | "Web";

/** The services of all providers. */
export const SERVICES: readonly Service[] = [...AWS_SERVICES, ...AZURE_SERVICES, ...GOOGLE_SERVICES];

/** The names of the services without regions. */
export const GLOBAL_SERVICES: ReadonlySet<string> = new Set(
  SERVICES.filter(({ isGlobal }) => isGlobal).map(({ name }) => name),
);

const NAME_BY_TYPE: ReadonlyMap<string, string> = new Map(
  SERVICES.flatMap(({ name, types }) => types.map((type) => [type, name] as const)),
);

/** The name of the service of a resource type: that of the type itself, else of its longest prefix, else "unknown". */
export function serviceOfType(resourceType: string): string {
  for (let end = resourceType.length; end > 0; end = resourceType.lastIndexOf("_", end - 1)) {
    const name = NAME_BY_TYPE.get(resourceType.slice(0, end));
    if (name !== undefined) return name;
  }
  return UNKNOWN;
}
