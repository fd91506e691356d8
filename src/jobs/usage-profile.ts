/** The usage assumptions under which an estimate was made. A file of its own, because commands load no GraphQL. */
export const UsageProfile = { DEV: "DEV", STAGING: "STAGING", PROD: "PROD" } as const;

/** One of the usage profiles. */
export type UsageProfile = keyof typeof UsageProfile;
