import type { ReadableStream } from "node:stream/web";
import { setTimeout as sleep } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import * as z from "zod";
import type { TypedDocumentString } from "./generated.ts";
import { fetchFrom, proxyAdvice, type Server, ServerUnreachable, unreachable } from "./transport.ts";

/** The default URL of the server, and of the server in commands. */
export const DEFAULT_URL = "http://127.0.0.1:8007";

/** The server rejected the request with this message; a retry would not help. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";
  /** The problems of parameters in the message. */
  readonly problems: readonly ParameterProblem[];

  constructor(message: string, problems: readonly ParameterProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

type ParameterProblem = z.output<typeof ParameterProblem>;

/** After 0.25, 0.5, 1, 2 and 4 s: long enough for a restart of the server, short enough for a pipeline. */
const RETRIES = { retries: 5, minTimeout: 250, factor: 2, onFailedAttempt: waitRetryAfter };

/** A request may store 100,000 resources. */
const TIMEOUT_MS = 120_000;

/**
 * Sends one operation and returns its data. It is retried while the server is unreachable, so a mutation needs an
 * idempotency key.
 * @throws RequestRefused when the server rejects it; ServerUnreachable after the last retry.
 */
export async function request<Result, Variables>(
  server: Server,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const body = JSON.stringify({ query: document.toString(), variables });
  return pRetry(() => attempt<Result>(server, body), RETRIES);
}

async function waitRetryAfter({ error }: { readonly error: Error }): Promise<void> {
  if (error instanceof ServerUnreachable) await sleep(error.retryAfter * 1_000);
}

async function attempt<Result>(server: Server, body: string): Promise<Result> {
  const { response, text } = await send(server, body);
  const json = parseOrUndefined(text);
  const failure = Failure.safeParse(json);
  if (failure.success) throw refusal(failure.data, retryAfterOf(response));
  const success = Success.safeParse(json);
  if (!success.success) throw abortUnlessTemporary(unexpectedAnswer(server, response, text));
  // The data has the shape of the document, because both come from the same schema (codegen.yml).
  return success.data.data as Result;
}

interface Received {
  readonly response: Response;
  readonly text: string;
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

/** The GraphQL endpoint of a server; the URL may be that of the endpoint itself. */
function endpointOf(url: string): string {
  return `${url.replace(/\/+$/, "").replace(/\/graphql$/, "")}/graphql`;
}

const Failure = z.object({
  errors: z
    .array(
      z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }),
    )
    .min(1),
});

const Success = z.object({ data: z.record(z.string(), z.unknown()) });

/** The seconds in Retry-After. The service never sends a date. */
function retryAfterOf({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after"));
  return seconds > 0 ? Math.min(seconds, MAX_RETRY_AFTER_S) : 0;
}

/** More than the service ever sends; a proxy must not delay a pipeline for longer. */
const MAX_RETRY_AFTER_S = 10;

function refusal({ errors }: z.output<typeof Failure>, retryAfter: number): Error {
  const message = errors.map((error) => `${error.extensions?.code ?? "ERROR"}: ${error.message}`).join("\n");
  const isTemporary = errors.some(({ extensions }) => TEMPORARY_CODES.includes(extensions?.code ?? ""));
  return abortUnlessTemporary(
    isTemporary ? new ServerUnreachable(message, retryAfter) : new RequestRefused(message),
  );
}

/** The codes of temporary errors. */
const TEMPORARY_CODES = ["SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"];

function abortUnlessTemporary(error: RequestRefused | ServerUnreachable): Error {
  return error instanceof RequestRefused ? new AbortError(error) : error;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A login page of a proxy has the status 200 as well, but another type. */
const FILE_TYPES = /^(?:text\/csv|application\/json)\b/;

const ParameterProblem = z.object({ path: z.string(), message: z.string() });

const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  problems: z.array(ParameterProblem).default([]),
});

/**
 * Requests a file of the REST API and returns its stream. Without retries: a user can repeat the command.
 * @param path below /api/v1.
 * @throws RequestRefused when the server rejects the request; ServerUnreachable when it cannot be reached or fails.
 */
export async function download(server: Server, path: string): Promise<ReadableStream<Uint8Array>> {
  const response = await fetchFrom(server, `${baseOf(server.url)}/api/v1${path}`);
  const isFile = response.ok && FILE_TYPES.test(response.headers.get("content-type") ?? "");
  if (isFile && response.body !== null) return response.body;
  const text = await response.text();
  const problem = Problem.safeParse(parseOrUndefined(text));
  if (!problem.success) throw unexpectedAnswer(server, response, text);
  const message = `${problem.data.code}: ${problem.data.detail}`;
  throw response.status >= 500
    ? new ServerUnreachable(message)
    : new RequestRefused(message, problem.data.problems);
}

/** The base URL of a server; the URL may be that of an endpoint. */
function baseOf(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/(?:graphql|api\/v1)$/, "");
}

/** Temporary errors of a proxy or a server. */
const TEMPORARY_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The error for a response of another program: at the URL, or a proxy in between. */
export function unexpectedAnswer(
  { url, proxy }: Pick<Server, "url" | "proxy">,
  { status, statusText, headers }: Response,
  text: string,
): RequestRefused | ServerUnreachable {
  const message = `${url} responded with HTTP ${status}${statusText && ` (${statusText})`}${quote(text)}.`;
  const through = proxy === undefined ? "" : ` ${proxyAdvice(proxy)}`;
  if (TEMPORARY_STATUSES.has(status)) return new ServerUnreachable(`${message}${through}`);
  return new RequestRefused(`${message} ${advice(status, headers.get("location"))}${through}`);
}

function advice(status: number, location: string | null): string {
  if (location !== null) return `It redirects to ${location}: use the URL of the results storage itself.`;
  if (status === 401 || status === 403) return "Is RESULTS_STORAGE_TOKEN a valid token?";
  if (status === 413) return "A proxy in front of the server limits the size of requests.";
  return "Is this the URL of a results storage?";
}

const MAX_QUOTE_LENGTH = 200;

/** The response in one line, without web pages. */
function quote(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "" || line.startsWith("<")) return "";
  return `: ${line.length > MAX_QUOTE_LENGTH ? `${line.slice(0, MAX_QUOTE_LENGTH)}...` : line}`;
}
