import { AWS_SERVICES } from "./aws-services.ts";
import { AZURE_SERVICES } from "./azure-services.ts";
import { GOOGLE_SERVICES } from "./google-services.ts";

/** What a service or a region is called that nobody knows. */
export const UNKNOWN = "unknown";

const SERVICES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(AWS_SERVICES),
  ...Object.entries(AZURE_SERVICES),
  ...Object.entries(GOOGLE_SERVICES),
]);

/**
 * The service that a resource type belongs to: its own entry in the provider's table, else that of the longest
 * beginning of it (`aws_dynamodb_table_item` is of `aws_dynamodb`), else "unknown".
 */
export function serviceOfType(resourceType: string): string {
  for (let end = resourceType.length; end > 0; end = resourceType.lastIndexOf("_", end - 1)) {
    const service = SERVICES.get(resourceType.slice(0, end));
    if (service !== undefined) return service;
  }
  return UNKNOWN;
}

/** Services that are in no region: their resources are in the region "global", whatever their provider's is. */
export const GLOBAL_SERVICES: ReadonlySet<string> = new Set([
  "CloudFront",
  "Route 53",
  "IAM",
  "Organizations",
  "Shield",
  "Global Accelerator",
  "Azure DNS",
  "Azure CDN",
  "Front Door",
  "Traffic Manager",
  "Microsoft Entra ID",
  "Cloud DNS",
  "Cloud CDN",
  "Google IAM",
  "Resource Manager",
]);
