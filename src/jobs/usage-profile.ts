/** The usage assumptions of an estimate. They have a separate file, because commands do not load GraphQL. */
export const UsageProfile = { DEV: "DEV", STAGING: "STAGING", PROD: "PROD" } as const;

/** One of the usage profiles. */
export type UsageProfile = keyof typeof UsageProfile;
