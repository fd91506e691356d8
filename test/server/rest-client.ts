import type { TestService } from "../support/service.ts";

/** An answer of a REST route. */
export interface RestAnswer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it asks for; typing every answer would bury it.
  readonly json: any;
}

/** Sends a request to a path below /api/v1. */
export async function call(service: TestService, path: string, init: RequestInit = {}): Promise<RestAnswer> {
  const response = await fetch(`${service.url}/api/v1${path}`, init);
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    type,
    headers: response.headers,
    text,
    json: type.includes("json") && text !== "" ? JSON.parse(text) : undefined,
  };
}

/** Sends a body to POST /store; a text is sent as it is. */
export function postStore(service: TestService, body: unknown, key?: string): Promise<RestAnswer> {
  return call(service, "/store", {
    method: "POST",
    headers: { "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The URL in an answer's Link header, without the prefix; undefined on the last page. */
export function nextOf({ headers }: RestAnswer): string | undefined {
  return /^<\/api\/v1([^>]+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];
}
