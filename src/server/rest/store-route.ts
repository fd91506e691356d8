import * as z from "zod";
import type { NewEstimate } from "../../estimates/estimate.ts";
import { parseNewEstimate } from "../../estimates/parse-estimate.ts";
import { storeEstimate } from "../../estimates/store-estimate.ts";
import { importNativeEstimate } from "../../import/native.ts";
import { spelledLike } from "../../import/native-shape.ts";
import { isJsonObject, type JsonObject, UnreadableEstimate } from "../../import/read-file.ts";
import { BadUserInput, pathText } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { defineRoute, NO_PARAMETERS, reworded } from "./route.ts";
import { StoreBody, StoreInput } from "./schemas.ts";

const KEY_HEADER = "Idempotency-Key";

/** POST /store: stores an estimate. */
export const storeRoute = defineRoute({
  method: "POST",
  path: "/store",
  scope: "write",
  operationId: "storeEstimate",
  summary: "Store an estimate for good",
  description:
    "Amounts are kept digit for digit; what does not add up is kept as a warning on the job. Nothing is stored when something cannot be stored.",
  parameters: {
    path: NO_PARAMETERS,
    query: NO_PARAMETERS,
    header: z.object({
      [KEY_HEADER]: z.string().max(255).optional().meta({
        description:
          "Makes a repetition safe: the same key with the same estimate answers the job that is stored already, with another estimate 409.",
      }),
    }),
  },
  body: StoreInput,
  answers: { 201: "It is stored.", 200: "This key had stored the same estimate before." },
  schema: StoreBody,
  refusals: [409, 413, 415],
  handle: ({ body, headers, context }) => {
    const read = storeBody(body);
    const key = headers[KEY_HEADER.toLowerCase()]?.toString();
    const keyName = key === undefined ? "input.idempotencyKey" : KEY_HEADER;
    const reword = (text: string) => read.reword(text.replaceAll("input.idempotencyKey", keyName));
    return reworded(reword, async () => {
      const { jobId, created } = await storeEstimate(
        context.db,
        context.viewer,
        readNewEstimate(read.body, key),
      );
      return { status: created ? 201 : 200, body: { job_id: jobId } };
    });
  },
});

/** A path of the mutation's input, in a path or in a sentence. */
const INPUT_PATH = /\binput((?:\.\w+|\[\d+\])+)/g;

/** What a client asks to store, and how a refusal of it is worded. */
interface StoreRequest {
  readonly body: JsonObject;
  /** Puts the client's own spelling in the place of the mutation's paths. */
  readonly reword: (text: string) => string;
}

/**
 * Takes a request's body for an estimate with what stands around it.
 * @throws BadUserInput when it is none.
 */
function storeBody(body: JsonValue | undefined): StoreRequest {
  if (!isJsonObject(body)) throw new BadUserInput([{ path: "the body", message: "must be a JSON object" }]);
  if (!Object.hasOwn(body, "estimate")) {
    throw new BadUserInput([{ path: "estimate", message: "is missing, it must be an object" }]);
  }
  const spell = spelledLike(body);
  return {
    body,
    reword: (text) => text.replace(INPUT_PATH, (_, path: string) => pathText(spell(stepsOf(path)))),
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

/** `.estimate.byResource[3].region` as steps. */
function stepsOf(path: string): PropertyKey[] {
  return [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}
