import type { ReadableStream } from "node:stream/web";
import * as z from "zod";
import { RequestRefused, ServerUnreachable } from "./client-errors.ts";
import { fetchFrom, type Server } from "./transport.ts";
import { unexpectedAnswer } from "./unexpected-answer.ts";

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
  if (!problem.success) throw unexpectedAnswer(server.url, response, text);
  const message = `${problem.data.code}: ${problem.data.detail}`;
  throw response.status >= 500 ? new ServerUnreachable(message) : new RequestRefused(message);
}

/** The server's address; who gives one of its endpoints is understood, too. */
function baseOf(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/(?:graphql|api\/v1)$/, "");
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
