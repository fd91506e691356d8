import type { TestService } from "./service.ts";

const EXCLUSION = "job { id exclusion { reason excludedAt excludedBy } }";

/** Sends excludeJob, and returns the response. */
export function tryToExclude(service: TestService, jobId: string, reason = "It is wrong.") {
  return service.query(`mutation ($input: ExcludeJobInput!) { excludeJob(input: $input) { ${EXCLUSION} } }`, {
    input: { jobId, reason },
  });
}

/** Sends includeJob, and returns the response. */
export function tryToInclude(service: TestService, jobId: string, reason?: string | null) {
  return service.query(`mutation ($input: IncludeJobInput!) { includeJob(input: $input) { ${EXCLUSION} } }`, {
    input: { jobId, reason },
  });
}

/** Excludes a job; the test is about something else. */
export async function exclude(service: TestService, jobId: string, reason?: string): Promise<void> {
  const { errors } = await tryToExclude(service, jobId, reason);
  if (errors) throw new Error(JSON.stringify(errors));
}

/** Ends the exclusion of a job; the test is about something else. */
export async function include(service: TestService, jobId: string): Promise<void> {
  const { errors } = await tryToInclude(service, jobId);
  if (errors) throw new Error(JSON.stringify(errors));
}
