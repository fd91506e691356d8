import type { Config } from "../../config.ts";
import type { SeenInThread } from "../../telemetry/seen-in-thread.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly databaseUrl: string;
}

/** A request for the thread: as it came in, its body unread. */
export interface ThreadRequest {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** The thread's answer to the request of this id. */
export interface ThreadAnswer {
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  readonly body: string;
  /** What the log and the metrics are to be told. */
  readonly seen: SeenInThread;
}
