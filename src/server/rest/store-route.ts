import * as z from "zod";
import type { NewEstimate } from "../../estimates/estimate.ts";
import { parseNewEstimate } from "../../estimates/parse-estimate.ts";
import { storeEstimate } from "../../estimates/store-estimate.ts";
import { importNativeEstimate } from "../../import/native.ts";
import { spelledLike } from "../../import/native-shape.ts";
import { isJsonObject, type JsonObject, UnreadableEstimate } from "../../import/read-file.ts";
import { BadUserInput, type Spelling } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { defineRoute, NO_PARAMETERS, withSpelling } from "./route.ts";
import { StoreBody, StoreInput } from "./schemas.ts";

const KEY_HEADER = "Idempotency-Key";

/** POST /store: stores an estimate. */
export const storeRoute = defineRoute({
  method: "POST",
  path: "/store",
  scope: "write",
  operationId: "storeEstimate",
  summary: "Store an estimate permanently",
  description:
    "The digits of all amounts are preserved. Discrepancies between amounts are stored as warnings on the job. Nothing is stored after an error.",
  parameters: {
    path: NO_PARAMETERS,
    query: NO_PARAMETERS,
    header: z.object({
      [KEY_HEADER]: z.string().max(255).optional().meta({
        description:
          "The key for safe retries. The same key with the same estimate returns the stored job; with another estimate the status is 409.",
      }),
    }),
  },
  body: StoreInput,
  answers: {
    201: "The estimate was stored.",
    200: "An earlier request with the same key stored the estimate.",
  },
  schema: StoreBody,
  refusals: [409, 413, 415],
  handle: ({ body, headers, context }) => {
    const estimate = requireEstimate(body);
    const key = headers[KEY_HEADER.toLowerCase()]?.toString();
    return withSpelling(storeSpelling(estimate, key), async () => {
      const { jobId, created } = await storeEstimate(
        context.db,
        context.viewer,
        readNewEstimate(estimate, key),
      );
      return { status: created ? 201 : 200, body: { job_id: jobId } };
    });
  },
});

/**
 * Requires a body that holds an estimate.
 * @throws BadUserInput otherwise.
 */
function requireEstimate(body: JsonValue | undefined): JsonObject {
  if (!isJsonObject(body)) throw new BadUserInput([{ path: [], rule: "must be a JSON object" }]);
  if (!Object.hasOwn(body, "estimate")) {
    throw new BadUserInput([{ path: ["estimate"], rule: "is missing, it must be an object" }]);
  }
  return body;
}

/** Spells paths of the mutation's input as the body does, and the idempotency key as the header that holds it. */
function storeSpelling(body: JsonObject, idempotencyKey: string | undefined): Spelling {
  const spell = spelledLike(body);
  return (path) => {
    const [root, ...below] = path;
    if (root !== "input") return path;
    return below[0] === "idempotencyKey" && idempotencyKey !== undefined ? [KEY_HEADER] : spell(below);
  };
}

/**
 * Reads the estimate, as `push` reads a file of this shape.
 * @param idempotencyKey of the request's header; wins over the body's.
 * @throws BadUserInput with every problem.
 */
function readNewEstimate(body: JsonObject, idempotencyKey: string | undefined): NewEstimate {
  const input = parseNewEstimate(readShape(body));
  return idempotencyKey === undefined ? input : { ...input, idempotencyKey };
}

function readShape(body: JsonObject) {
  try {
    return importNativeEstimate(body);
  } catch (error) {
    if (error instanceof UnreadableEstimate) throw new BadUserInput(error.problems);
    throw error;
  }
}
