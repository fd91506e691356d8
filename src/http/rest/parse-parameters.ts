import type * as z from "zod";
import { BadUserInput, type InputProblem } from "../../errors.ts";

/**
 * Reads the parameters of a request.
 * @throws BadUserInput with everything that is wrong with them, by their names.
 */
export function parseParameters<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new BadUserInput(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): InputProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((path) => ({ path, message: "is no parameter here" }));
  }
  const path = issue.path.join(".");
  if (issue.code !== "invalid_type") return [{ path, message: issue.message }];
  return [{ path, message: issue.input === undefined ? "is missing" : "must be given once" }];
}
