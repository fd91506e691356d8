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
  /**
   * Terraform resource types, and prefixes of them: `aws_dynamodb` stands for `aws_dynamodb_table_item` as well.
   * CloudFormation types likewise: `AWS::DynamoDB`.
   */
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
  SERVICES.flatMap(({ name, types }) =>
    types.map((type) => [type.startsWith("AWS::") ? type.toLowerCase() : type, name] as const),
  ),
);

const CATEGORY_BY_NAME: ReadonlyMap<string, ServiceCategory> = new Map(
  SERVICES.map(({ name, category }) => [name, category]),
);

/** The FOCUS category of a service, by its name; null: unknown. */
export function categoryOfService(name: string): ServiceCategory | null {
  return CATEGORY_BY_NAME.get(name) ?? null;
}

/**
 * The name of the service of a resource type: that of the type itself, else of its longest prefix, else "unknown". The
 * type is one of Terraform, CloudFormation or CDK.
 */
export function serviceOfType(resourceType: string): string {
  return awsService(resourceType) ?? terraformService(resourceType) ?? UNKNOWN;
}

function terraformService(resourceType: string): string | undefined {
  for (let end = resourceType.length; end > 0; end = resourceType.lastIndexOf("_", end - 1)) {
    const name = NAME_BY_TYPE.get(resourceType.slice(0, end));
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The namespace and the resource of a type: of CloudFormation, of Terraform's Cloud Control provider, and of CDK. */
const AWS_TYPES: readonly RegExp[] = [
  /^AWS::(\w+)(?:::(\w+))?/i,
  /^awscc_([a-z0-9]+)_(\w+)$/,
  // aws-cdk-lib.aws_dynamodb.Table, aws-cdk-lib/aws-dynamodb.CfnTable, @aws-cdk/aws-dynamodb.Table
  /^(?:aws-cdk-lib[./]|@aws-cdk\/)aws[-_]([a-z0-9]+)(?:[-_]alpha)?(?:[./](?:Cfn)?(\w+))?$/i,
];

function awsService(resourceType: string): string | undefined {
  for (const type of AWS_TYPES) {
    const [, namespace, resource = ""] = type.exec(resourceType) ?? [];
    if (namespace === undefined) continue;
    const prefix = `aws::${namespace.toLowerCase()}`;
    const name = resource.replaceAll("_", "").toLowerCase();
    for (let end = name.length; end > 0; end--) {
      const service = NAME_BY_TYPE.get(`${prefix}::${name.slice(0, end)}`);
      if (service !== undefined) return service;
    }
    return NAME_BY_TYPE.get(prefix);
  }
  return undefined;
}
