import { stringifyDocument, type TypedDocumentNode } from "@urql/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { type QueryResult, useApi } from "./api.tsx";
import { JobStoredDocument, type JobStoredSubscription } from "./generated.ts";
import { credentials } from "./token.ts";

/**
 * The live updates of this tab: one stream of stored jobs, while the tab is visible and a screen uses it. (A browser has
 * six connections to a server over HTTP/1.1.) A stream that ends is opened again at its last cursor, on any server.
 */

/**
 * connecting: the first stream is not open yet; live: changes arrive; reconnecting: they will arrive later; off: none
 * arrive until the page is loaded again.
 */
export type LiveState = "connecting" | "live" | "reconnecting" | "off";

/** A stored job. */
type StoredJob = NonNullable<JobStoredSubscription["jobStored"]["job"]>;

/** Called for a stored job; undefined: anything may have changed. */
type Listener = (job: StoredJob | undefined) => void;

/** The pauses before the stream is opened again: doubled with each failure, and different for each tab. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** The server sends an event at least once a minute. Without one, the connection is lost, as after a suspend. */
const SILENCE_MS = 75_000;

const listeners = new Set<Listener>();
const stateListeners = new Set<(state: LiveState) => void>();

let state: LiveState = "connecting";
let cursor: string | undefined;
let failures = 0;
/** The server refuses streams: the token is not accepted, or the server has no streams. */
let isRefused = false;
/** Closes the open stream, or ends the pause before the next one. */
let running: AbortController | undefined;

function setState(next: LiveState): void {
  state = next;
  for (const listener of stateListeners) listener(next);
}

/** Opens or closes the stream, as the tab and the screens need it. */
function update(): void {
  const isNeeded = listeners.size > 0 && document.visibilityState === "visible";
  if (isNeeded && running === undefined && !isRefused) {
    running = new AbortController();
    void run(running.signal);
  } else if (!isNeeded) {
    running?.abort();
    running = undefined;
  }
}

document.addEventListener("visibilitychange", update);

async function run(closed: AbortSignal): Promise<void> {
  while (!closed.aborted) {
    const retryAfterMs = await readStream(closed);
    if (closed.aborted) return;
    isRefused = retryAfterMs === undefined;
    setState(isRefused ? "off" : "reconnecting");
    if (retryAfterMs === undefined) return;
    const pause = Math.min(SHORTEST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS);
    await paused(Math.max(retryAfterMs, pause * (0.5 + Math.random())), closed);
  }
}

function paused(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    closed.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Opens the stream, and reads it to its end.
 * @returns the time after which it can be opened again; undefined: the server refuses it for good.
 */
async function readStream(closed: AbortSignal): Promise<number | undefined> {
  const lost = new AbortController();
  let watchdog = setTimeout(() => lost.abort(), SILENCE_MS);
  try {
    const response = await fetch("/graphql/stream", {
      method: "POST",
      headers: { ...credentials(), "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: stringifyDocument(JobStoredDocument),
        operationName: "JobStored",
        variables: { after: cursor },
      }),
      cache: "no-store",
      signal: AbortSignal.any([closed, lost.signal]),
    });
    if (!response.ok || response.body === null) {
      const canRetry = response.status === 429 || response.status >= 500;
      return canRetry ? Number(response.headers.get("retry-after") ?? 0) * 1_000 : undefined;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 0;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => lost.abort(), SILENCE_MS);
      const events = (rest + value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        if (event.startsWith("event: complete")) return undefined;
        const [, data] = /^data: (.+)$/m.exec(event) ?? [];
        if (data !== undefined) receive(JSON.parse(data));
      }
    }
  } catch {
    return 0;
  } finally {
    clearTimeout(watchdog);
  }
}

function receive({ data }: { readonly data?: JobStoredSubscription | null }): void {
  failures = 0;
  if (data === undefined || data === null) {
    // The event failed, and its job is not known.
    notify(undefined);
    return;
  }
  const { job, isGap, isLive } = data.jobStored;
  // The queries of the screens may have been answered before the stream began.
  const isFirst = cursor === undefined;
  cursor = data.jobStored.cursor;
  const next = isLive ? "live" : "off";
  if (next !== state) setState(next);
  if (job !== null) notify(job);
  else if (isGap || isFirst) notify(undefined);
}

function notify(job: StoredJob | undefined): void {
  for (const listener of listeners) listener(job);
}

/** The delay of a reload, in which further changes are collected, and the shortest time between two. */
const COLLECT_MS = 300;
const BETWEEN_RELOADS_MS = 2_000;

/**
 * Calls `reload` soon after stored jobs have changed what a screen shows.
 */
function useLive(reload: () => void, concerns: (job: StoredJob) => boolean): void {
  const current = useRef({ reload, concerns });
  current.current = { reload, concerns };
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let reloadedAt = 0;
    const listener: Listener = (job) => {
      if (timer !== undefined || (job !== undefined && !current.current.concerns(job))) return;
      const pause = Math.max(COLLECT_MS, reloadedAt + BETWEEN_RELOADS_MS - Date.now());
      timer = setTimeout(() => {
        timer = undefined;
        reloadedAt = Date.now();
        current.current.reload();
      }, pause);
    };
    listeners.add(listener);
    update();
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
      // The next screen is mounted in the same turn.
      queueMicrotask(update);
    };
  }, []);
}

interface LiveOptions {
  readonly pause?: boolean;
  /** Whether the screen shows something of a stored job; by default always. */
  readonly concerns?: (job: StoredJob) => boolean;
}

const always = () => true;

/** Sends a query as `useApi` does, and again after stored jobs. Its data stays meanwhile. */
export function useLiveApi<Data, Variables extends Record<string, unknown>>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false, concerns = always }: LiveOptions = {},
): QueryResult<Data> {
  const result = useApi(query, variables, { pause });
  useLive(() => {
    if (!pause) result.reload();
  }, concerns);
  return result;
}

/** Whether changes arrive, for a notice on the page. */
export function useLiveState(): LiveState {
  const [shown, setShown] = useState(state);
  useEffect(() => {
    setShown(state);
    stateListeners.add(setShown);
    return () => {
      stateListeners.delete(setShown);
    };
  }, []);
  return shown;
}
