import * as z from "zod";
import { storeEstimate } from "../../estimates/store-estimate.ts";
import { NO_PARAMETERS } from "./parameters.ts";
import { readNewEstimate, storeBody } from "./read-store-body.ts";
import { reworded } from "./reword.ts";
import { defineRoute } from "./route.ts";
import { StoreBody, StoreInput } from "./schemas/store.ts";

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
      const { jobId, created } = await storeEstimate(context.db, readNewEstimate(read.body, key));
      return { status: created ? 201 : 200, body: { job_id: jobId } };
    });
  },
});
