import { noteErrorCode } from "../telemetry/current-request.ts";

/** The body of an answer to a request that GraphQL never saw, in GraphQL's shape. Its code is noted for the log. */
export function errorBody(code: string, message: string) {
  noteErrorCode(code);
  return { errors: [{ message, extensions: { code } }] };
}
