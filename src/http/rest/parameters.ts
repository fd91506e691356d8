import * as z from "zod";

/** A route without parameters of a kind. */
export const NO_PARAMETERS = z.strictObject({});

/** The id of a job. Text of any kind: what is no UUID is the id of no job. */
export function jobId(description: string) {
  return z.string().meta({ description, format: "uuid" });
}

/** The job in a route's path. */
export const JOB_PATH = z.strictObject({ job_id: jobId("The job's id, as POST /store answered it.") });

/** Which page of a list. How many rows it may have is decided where the list is made. */
export function pageParameters(sizes: { readonly usual: number | "all"; readonly maximum: number }) {
  return {
    limit: z
      .string()
      .regex(/^\d{1,9}$/, `must be a whole number from 1 to ${sizes.maximum}`)
      .transform(Number)
      .optional()
      .meta({
        description: `How many rows; ${sizes.usual} unless asked otherwise.`,
        type: "integer",
        minimum: 1,
        maximum: sizes.maximum,
        pattern: undefined,
      }),
    cursor: z
      .string()
      .optional()
      .meta({ description: "Where the page begins, as the Link header of the page before it says." }),
  };
}
