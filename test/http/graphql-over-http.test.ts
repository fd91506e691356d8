import { serverAudits } from "graphql-http";
import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";

const service = startService();

/** The specification's own tests, with a header or as a client sends that knows nothing of us. */
function audits(headers: Record<string, string> = {}) {
  return serverAudits({
    url: () => `${service.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
  });
}

describe("GraphQL over HTTP", () => {
  it.each(audits().map((audit) => [audit.name, audit] as const))("%s", async (name, audit) => {
    const result = await audit.fn();
    // Only what the specification leaves open may differ: a GET that a page of a stranger could send is refused.
    const reason = result.status === "ok" ? "" : result.reason;
    expect([result.status, name, reason]).toSatisfy(
      ([status]) => status === "ok" || (status === "notice" && name.startsWith("MAY")),
    );
  });

  it("is spoken to the last audit with the header that tells a client from a page of a stranger", async () => {
    for (const audit of audits({ "apollo-require-preflight": "true" })) {
      const result = await audit.fn();
      expect([audit.name, result.status]).toEqual([audit.name, "ok"]);
    }
  });
});
