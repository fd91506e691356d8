import { type JsonValue, parseJson } from "../json.ts";
import { BadRequest } from "./bad-request.ts";

/** Refuses bytes that are not UTF-8: putting U+FFFD in their place would store another text than was sent. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Parses a request's body so that its numbers keep their digits.
 * @throws BadRequest when it is no JSON in UTF-8.
 */
export function parseJsonBody(body: Buffer): JsonValue {
  try {
    return parseJson(utf8.decode(body));
  } catch (error) {
    // The parser recurses, so what is nested thousands of levels deep overflows the stack.
    if (error instanceof RangeError) {
      throw new BadRequest("BAD_USER_INPUT", "The body must not be nested thousands of levels deep.");
    }
    throw new BadRequest("BAD_REQUEST", "The body must be JSON in UTF-8.");
  }
}
