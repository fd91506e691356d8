import { setTimeout as sleep } from "node:timers/promises";
import { standIn } from "./stand-in.ts";

/** A span as OTLP/JSON has it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** Stands in for an OpenTelemetry collector, which is outside of the project: takes traces over OTLP/HTTP. */
export async function startCollector() {
  const { url, received } = await standIn((response) => void response.writeHead(200).end("{}"));
  const spans = (): ReceivedSpan[] =>
    received.flatMap(({ body }) =>
      JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: ReceivedSpan[] }[] }) =>
        resource.scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  /** Waits until the span of a request has come, which ends last, and returns all of its trace. */
  const traceOf = async (requestId: string): Promise<ReceivedSpan[]> => {
    for (;;) {
      const root = spans().find((span) => attribute(span, "request.id") === requestId);
      if (root !== undefined) return spans().filter(({ traceId }) => traceId === root.traceId);
      await sleep(20);
    }
  };
  return { url, received, traceOf };
}

/** The value of a span's attribute. */
export function attribute({ attributes }: ReceivedSpan, name: string): unknown {
  return Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];
}
