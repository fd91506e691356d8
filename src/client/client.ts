import type { ReadableStream } from "node:stream/web";
import { setTimeout as sleep } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import * as z from "zod";
import type { TypedDocumentString } from "./generated.ts";
import { fetchFrom, proxyAdvice, type Server, ServerUnreachable, unreachable } from "./transport.ts";

/** The server answered, and refused: the message is its own. Asking again would not help. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
}

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
  if (!success.success) throw worthRepeating(unexpectedAnswer(server, response, text));
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

const Problem = z.object({ code: z.string(), detail: z.string() });

/** What the server's files are. A page that asks to log in comes with status 200 as well. */
const FILE_TYPES = /^(?:text\/csv|application\/json)\b/;

/**
 * Asks a server's REST route for a file, and returns it as it comes. Asks once: who wants a file can ask again.
 * @param path below /api/v1.
 * @throws RequestRefused when the server refuses; ServerUnreachable when there is none, or it fails.
 */
export async function download(server: Server, path: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetchFrom(server, `${baseOf(server.url)}/api/v1${path}`);
  const isFile = response.ok && FILE_TYPES.test(response.headers.get("content-type") ?? "");
  if (isFile && response.body !== null) return response.body;
  const text = await response.text();
  const problem = Problem.safeParse(parseOrUndefined(text));
  if (!problem.success) throw unexpectedAnswer(server, response, text);
  const message = `${problem.data.code}: ${problem.data.detail}`;
  throw response.status >= 500 ? new ServerUnreachable(message) : new RequestRefused(message);
}

/** The server's address; who gives one of its endpoints is understood, too. */
function baseOf(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/(?:graphql|api\/v1)$/, "");
}

/** Of a proxy or a server that will be back. */
const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

const LONGEST_QUOTE = 200;

/** What to do about an answer that no results storage gives: something else stands at the URL, or in between. */
export function unexpectedAnswer(
  { url, proxy }: Pick<Server, "url" | "proxy">,
  { status, statusText, headers }: Response,
  text: string,
): RequestRefused | ServerUnreachable {
  const answered = `${url} answered HTTP ${status}${statusText && ` (${statusText})`}${quote(text)}.`;
  const through = proxy === undefined ? "" : ` ${proxyAdvice(proxy)}`;
  if (PASSING_STATUSES.has(status)) return new ServerUnreachable(`${answered}${through}`);
  return new RequestRefused(`${answered} ${advice(status, headers.get("location"))}${through}`);
}

function advice(status: number, location: string | null): string {
  if (location !== null) return `It points to ${location}: give the URL of the results storage itself.`;
  if (status === 401 || status === 403) return "Does RESULTS_STORAGE_TOKEN hold a token that is allowed in?";
  if (status === 413) return "Something in front of the server takes no estimate as large as this.";
  return "Is this the URL of a results storage?";
}

/** The text of the answer in one line; a web page says nothing that is fit to read here. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "" || line.startsWith("<")) return "";
  return `: ${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}...` : line}`;
}

/** Where the server is unless it is configured otherwise, and where commands look for it unless they are told. */
export const DEFAULT_URL = "http://127.0.0.1:8007";
