import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** An event of `jobStored`, with the fields that a test requested. */
export interface JobEvent {
  readonly cursor: string;
  readonly job: { readonly id: string; readonly project: string | null } | null;
  readonly isGap: boolean;
  readonly isLive: boolean;
}

/** The data of a server-sent event. */
interface Result {
  readonly data?: { readonly jobStored: JobEvent } | null;
  readonly errors?: readonly { message: string; extensions: { code: string } }[];
}

/** An open stream of a test. */
export interface TestStream {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** All data so far, as it was received. */
  readonly text: string;
  /** The next result; undefined: the stream has ended. */
  next(): Promise<Result | undefined>;
  /** The next events with a job. */
  jobs(count: number): Promise<JobEvent[]>;
  /** The projects of the next events with a job. */
  projects(count: number): Promise<(string | null | undefined)[]>;
  /** Waits for the end of the stream. */
  ended(): Promise<void>;
  /** Stops and continues receiving. */
  pause(): void;
  resume(): void;
  close(): void;
}

interface StreamRequest {
  readonly query?: string;
  readonly variables?: object;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export const JOB_STORED = `subscription ($filter: JobFilter, $after: String) {
  jobStored(filter: $filter, after: $after) { cursor isGap isLive job { id project } }
}`;

const open = new Set<TestStream>();

/** Closes the streams that the tests of a file have left open. */
export function closeStreams(): void {
  for (const stream of open) stream.close();
  open.clear();
}

/** Opens a stream, which ends with the tests of the file. */
export async function openStream(
  { url }: { readonly url: string },
  { query = JOB_STORED, variables = {}, token, headers = {} }: StreamRequest = {},
): Promise<TestStream> {
  const sending = request(`${url}/graphql/stream`, {
    method: "POST",
    agent: false,
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
  sending.end(JSON.stringify({ query, variables }));
  const [response]: [IncomingMessage] = (await once(sending, "response")) as [IncomingMessage];
  const results = resultsOf(response);
  let text = "";
  response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const closed = once(response, "close").catch(() => undefined);
  sending.on("error", () => undefined);
  const stream: TestStream = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    get text() {
      return text;
    },
    next: async () => (await results.next()).value,
    jobs: async (count) => {
      const events: JobEvent[] = [];
      while (events.length < count) {
        const result = await stream.next();
        if (result?.data == null)
          throw new Error(`The stream has ended or failed: ${JSON.stringify(result)}`);
        if (result.data.jobStored.job !== null) events.push(result.data.jobStored);
      }
      return events;
    },
    projects: async (count) => (await stream.jobs(count)).map(({ job }) => job?.project),
    ended: async () => {
      await closed;
    },
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => sending.destroy(),
  };
  open.add(stream);
  return stream;
}

/** The first event of a stream. */
export async function firstEvent(stream: TestStream): Promise<JobEvent> {
  const result = await stream.next();
  if (result?.data == null) throw new Error(`There is no first event: ${stream.status} ${stream.text}`);
  return result.data.jobStored;
}

/** The results of a response, which are received from now on. */
function resultsOf(response: IncomingMessage): AsyncGenerator<Result, undefined> {
  const received: Result[] = [];
  let rest = "";
  let wake = Promise.withResolvers<void>();
  let hasEnded = false;
  response.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const data = /^event: next\ndata: (.*)$/.exec(part)?.[1];
      if (data !== undefined) received.push(JSON.parse(data));
    }
    wake.resolve();
  });
  response.on("close", () => {
    hasEnded = true;
    wake.resolve();
  });
  response.on("error", () => undefined);
  async function* take(): AsyncGenerator<Result, undefined> {
    for (;;) {
      const next = received.shift();
      if (next !== undefined) yield next;
      else if (hasEnded) return undefined;
      else {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
  }
  return take();
}
