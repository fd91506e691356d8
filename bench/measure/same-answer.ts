import { deepStrictEqual } from "node:assert";
import { Pool } from "undici";
import type { Contender } from "../servers/contenders.ts";
import type { Workload } from "../workloads/workload.ts";
import { normalize } from "./normalize.ts";
import { send, TIMEOUT_MS } from "./send.ts";

/** So many requests of each workload are compared: the first ones, which are different ones where they rotate. */
const REQUESTS = 3;

/** Sees to it that all who are measured give the same answer: the faster one may not be the one that says less. */
export async function requireSameAnswers(
  workload: Workload,
  contenders: readonly Contender[],
): Promise<void> {
  for (let n = 0; n < REQUESTS; n++) {
    const answers = await Promise.all(contenders.map((contender) => answerOf(workload, contender, n)));
    const [expected] = answers;
    for (const [place, answer] of answers.entries()) {
      const names = `${contenders[0]?.name} and ${contenders[place]?.name}`;
      deepStrictEqual(answer, expected, `${names} answer ${workload.name} differently (request ${n})`);
    }
  }
}

async function answerOf({ requests, compared }: Workload, contender: Contender, n: number): Promise<unknown> {
  const request = requests[contender.kind];
  if (request === undefined) return undefined;
  const { url } = contender.server;
  const pool = new Pool(url, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  try {
    const answer: unknown = JSON.parse((await send(pool, request(n))).toString());
    return compared === undefined ? normalize(answer) : await compared(answer);
  } finally {
    await pool.close();
  }
}
