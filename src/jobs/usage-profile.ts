/** The usage assumptions of an estimate. They have a separate file, because commands do not load GraphQL. */
export const UsageProfile = { DEV: "DEV", STAGING: "STAGING", PROD: "PROD" } as const;

/** One of the usage profiles. */
export type UsageProfile = keyof typeof UsageProfile;

/** The names of the profiles in REST. */
export const PROFILE_NAMES: { readonly [Profile in UsageProfile]: Lowercase<Profile> } = {
  DEV: "dev",
  STAGING: "staging",
  PROD: "prod",
};

/** The profiles by their names in REST. */
export const PROFILES_BY_NAME: { readonly [Profile in UsageProfile as Lowercase<Profile>]: Profile } = {
  dev: "DEV",
  staging: "STAGING",
  prod: "PROD",
};
