import type { Config } from "../../config.ts";

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
}
