import type { Config } from "../../config.ts";
import type { FaultRecord } from "../../telemetry/fault-record.ts";
import type { SeenInThread } from "../../telemetry/seen-in-thread.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly config: Config;
  readonly databaseUrl: string;
}

/** A part of a request's body, before the request itself. */
export interface BodyPart {
  readonly kind: "part";
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A request for the thread: as it came in, its body as its parts have it. */
export interface ThreadRequest {
  readonly kind: "request";
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The client of the request of this id has hung up: nobody waits for its answer. */
export interface CancelledRequest {
  readonly kind: "cancel";
  readonly id: number;
}

/** The thread's answer to the request of this id. */
export interface ThreadAnswer {
  readonly kind: "answer";
  readonly id: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>;
  readonly body: string;
  /** What the log and the metrics are to be told. */
  readonly seen: SeenInThread;
}

/** A fault of ours kept the thread from answering the request of this id. Others are not touched by it. */
export interface FailedRequest {
  readonly kind: "failure";
  readonly id: number;
  readonly fault: FaultRecord;
}
