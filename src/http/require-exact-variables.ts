import type { FastifyRequest } from "fastify";
import { parseJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";

/**
 * Refuses numbers in the variables of a URL that a double would change: Apollo parses those itself, and would round
 * them without a word. (Variables in a body keep their digits: json-body.ts.)
 */
export async function requireExactVariables({ query }: FastifyRequest): Promise<void> {
  const text =
    typeof query === "object" && query !== null && "variables" in query ? query.variables : undefined;
  if (typeof text !== "string" || keepsDigits(text)) return;
  throw new BadRequest(
    "BAD_USER_INPUT",
    "variables in a URL must not hold a number that loses digits; send it as a string",
  );
}

function keepsDigits(text: string): boolean {
  try {
    return JSON.stringify(parseJson(text)) === JSON.stringify(JSON.parse(text));
  } catch {
    // Apollo refuses what is no JSON.
    return true;
  }
}
