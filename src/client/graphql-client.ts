import { setTimeout as sleep } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import * as z from "zod";
import { RequestRefused, ServerUnreachable } from "./client-errors.ts";
import type { TypedDocumentString } from "./generated.ts";
import { fetchFrom, type Server, unreachable } from "./transport.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

/** What a server sent back. */
interface Received {
  readonly response: Response;
  readonly text: string;
}

/** Retries after 0.25, 0.5, 1, 2 and 4 s: long enough for a restart of the server, short enough for a pipeline. */
const RETRIES = { retries: 5, minTimeout: 250, factor: 2, onFailedAttempt: waitAsAsked };

/** Longer than the service ever asks for: a pipeline is not to hang on what a proxy says. */
const LONGEST_WAIT_S = 10;

/** The codes of refusals that pass. */
const PASSING = ["SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"];

/** An answer may take long: 100,000 resources are stored in one request. */
const TIMEOUT_MS = 120_000;

const Failure = z.object({
  errors: z
    .array(
      z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }),
    )
    .min(1),
});

const Success = z.object({ data: z.record(z.string(), z.unknown()) });

/**
 * Sends one operation and returns its data. Repeats it while the server is unreachable, so it must be safe to
 * repeat: a mutation needs an idempotency key.
 * @throws RequestRefused when the server refuses it; ServerUnreachable when the retries are used up.
 */
export async function request<Result, Variables>(
  server: Server,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const body = JSON.stringify({ query: document.toString(), variables });
  return pRetry(() => attempt<Result>(server, body), RETRIES);
}

async function attempt<Result>(server: Server, body: string): Promise<Result> {
  const { response, text } = await send(server, body);
  const json = parseOrUndefined(text);
  const failure = Failure.safeParse(json);
  if (failure.success) throw refusal(failure.data, retryAfterOf(response));
  const success = Success.safeParse(json);
  if (!success.success) throw worthRepeating(unexpectedAnswer(server.url, response, text));
  // The data has the shape of the document, because both come from the same schema (codegen.yml).
  return success.data.data as Result;
}

async function send(server: Server, body: string): Promise<Received> {
  const response = await fetchFrom(server, endpointOf(server.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  try {
    return { response, text: await response.text() };
  } catch (error) {
    throw unreachable(server, error);
  }
}

/** The endpoint below the server's address; who gives the endpoint itself is understood, too. */
function endpointOf(url: string): string {
  return `${url.replace(/\/+$/, "").replace(/\/graphql$/, "")}/graphql`;
}

/** The seconds in Retry-After; it may also be a date, which the service never sends. */
function retryAfterOf({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after"));
  return seconds > 0 ? Math.min(seconds, LONGEST_WAIT_S) : 0;
}

async function waitAsAsked({ error }: { readonly error: Error }): Promise<void> {
  if (error instanceof ServerUnreachable) await sleep(error.retryAfter * 1_000);
}

function refusal({ errors }: z.output<typeof Failure>, retryAfter: number): Error {
  const message = errors.map((error) => `${error.extensions?.code ?? "ERROR"}: ${error.message}`).join("\n");
  const passing = errors.some(({ extensions }) => PASSING.includes(extensions?.code ?? ""));
  return worthRepeating(passing ? new ServerUnreachable(message, retryAfter) : new RequestRefused(message));
}

function worthRepeating(error: RequestRefused | ServerUnreachable): Error {
  return error instanceof RequestRefused ? new AbortError(error) : error;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
