import type { Pool } from "undici";

/** A request to a contender: POST with a JSON body. */
export interface Request {
  readonly path: string;
  readonly body: string;
}

/** No answer takes longer, or something is wrong. */
export const TIMEOUT_MS = 120_000;

/** Sends a request and returns the answer's body; throws if it is an error, or holds one. */
export async function send(pool: Pool, { path, body }: Request): Promise<Buffer> {
  const response = await pool.request({
    path,
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const answer = Buffer.from(await response.body.arrayBuffer());
  if (response.statusCode !== 200 || answer.includes('"errors":'))
    throw new Error(
      `${path} answered ${response.statusCode}: ${answer.subarray(0, 2000)}\nto ${body.slice(0, 500)}`,
    );
  return answer;
}
