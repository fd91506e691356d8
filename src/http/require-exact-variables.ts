import type { FastifyRequest } from "fastify";
import { DEEPEST_JSON, JsonTooDeep, parseUntrustedJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";

/**
 * Refuses JSON in a URL that Apollo, which parses it itself, would take without a word: variables with numbers that a
 * double would round, and what is nested too deep. (Variables in a body keep their digits: json-body.ts.)
 */
export async function requireExactVariables({ query }: FastifyRequest): Promise<void> {
  if (typeof query !== "object" || query === null) return;
  if ("extensions" in query) keepsDigits("extensions", query.extensions);
  if (!("variables" in query) || keepsDigits("variables", query.variables)) return;
  throw new BadRequest(
    "BAD_USER_INPUT",
    "variables in a URL must not hold a number that loses digits; send it as a string",
  );
}

/** @throws BadRequest when the JSON is nested too deep. */
function keepsDigits(name: string, text: unknown): boolean {
  if (typeof text !== "string") return true;
  try {
    return JSON.stringify(parseUntrustedJson(text)) === JSON.stringify(JSON.parse(text));
  } catch (error) {
    if (error instanceof JsonTooDeep) {
      const message = `${name} in a URL must not be nested deeper than ${DEEPEST_JSON} levels`;
      throw new BadRequest("BAD_USER_INPUT", message);
    }
    // Apollo refuses what is no JSON.
    return true;
  }
}
