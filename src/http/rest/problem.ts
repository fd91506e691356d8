import { STATUS_CODES } from "node:http";
import type { Refusal } from "../refusal.ts";

/** The media type of a refusal (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

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
