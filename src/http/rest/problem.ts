import { STATUS_CODES } from "node:http";
import type { InputProblem } from "../../errors.ts";

/** The media type of a refusal (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

/** What a refusal says beside its status. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly problems?: readonly InputProblem[];
}

/** The body of a refusal as RFC 9457 has it; `code` is for programs, as in GraphQL. */
export function problemBody({ status, code, detail, problems }: Refusal) {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail,
    code,
    ...(problems && { problems }),
  };
}
