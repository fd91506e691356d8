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
