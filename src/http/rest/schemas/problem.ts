import * as z from "zod";

/** A refusal (RFC 9457). */
export const ProblemBody = z
  .object({
    type: z.string().meta({ description: "Always about:blank: the code tells refusals apart." }),
    title: z.string().meta({ description: "The HTTP status in words." }),
    status: z.int().meta({ description: "The HTTP status." }),
    detail: z.string().meta({ description: "For people: what is wrong, and what is allowed." }),
    code: z.string().meta({
      description:
        "For programs: BAD_USER_INPUT, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, CURRENCY_MISMATCH, IDEMPOTENCY_CONFLICT, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, METHOD_NOT_ALLOWED, BAD_REQUEST, SERVICE_UNAVAILABLE (try again), INTERNAL_SERVER_ERROR.",
    }),
    problems: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "With BAD_USER_INPUT: each thing that is wrong, by where it stands." }),
  })
  .meta({ id: "Problem", description: "Why a request is refused (RFC 9457)." });
