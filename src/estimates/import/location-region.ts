/** `us-east-1`, and what goes on behind it in zones: `us-east-1b`, `us-west-2-lax-1a`. */
const AWS = /^[a-z]{2,}(?:-[a-z]+)+-\d+/;
/** `europe-west1`, or a zone of it: `europe-west1-b`. */
const GOOGLE = /^([a-z]+-[a-z]+\d+)(?:-[a-z])?$/;
/** `westeurope`, or a multi-region of Google: `eu`, `nam4`. */
const LOCATION = /^[a-z][a-z0-9-]*$/;
const ARN = /^arn:[^:]*:[^:]*:([^:]+):/;

/** The region of a region's or a zone's name (or the URL that Google has for it); undefined when it is neither. */
export function regionOfZone(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const last = name.slice(name.lastIndexOf("/") + 1);
  return AWS.exec(last)?.[0] ?? GOOGLE.exec(last)?.[1];
}

/** The region that an ARN names; undefined for what has none, for instance a role. */
export function regionOfArn(arn: unknown): string | undefined {
  return typeof arn === "string" ? regionOfZone(ARN.exec(arn)?.[1]) : undefined;
}

/** The region of a `location`, which Azure writes as "West Europe" or "westeurope". */
export function regionOfLocation(location: unknown): string | undefined {
  if (typeof location !== "string") return undefined;
  const name = location.toLowerCase().replaceAll(" ", "");
  return regionOfZone(name) ?? LOCATION.exec(name)?.[0];
}
