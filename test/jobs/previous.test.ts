import { describe, expect, it } from "vitest";
import { estimate, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

async function previousOf(id: string): Promise<string | null> {
  const { data } = await service.query("query ($id: ID!) { job(id: $id) { previous { id } } }", { id });
  return data.job.previous?.id ?? null;
}

describe("The previous job", () => {
  it("is the one before it in its series; the first has none", async () => {
    const first = await store(service, { project: "a" });
    const second = await store(service, { project: "a" });
    const third = await store(service, { project: "a" });
    expect(await previousOf(third)).toBe(second);
    expect(await previousOf(second)).toBe(first);
    expect(await previousOf(first)).toBeNull();
  });

  it.each([
    ["branch", { project: "b", branch: "feature" }],
    ["profile", { project: "b", estimate: estimate({ profile: "PROD" }) }],
    ["currency", { project: "b", estimate: estimate({ currency: "EUR" }) }],
    ["project", { project: "B" }],
  ])("is not one of another %s", async (_field, other) => {
    const first = await store(service, { project: "b" });
    const stranger = await store(service, other);
    const second = await store(service, { project: "b" });
    expect(await previousOf(second)).toBe(first);
    expect(await previousOf(stranger)).not.toBe(first);
  });

  it("does not exist for a job without a project: it belongs to no series", async () => {
    await store(service);
    expect(await previousOf(await store(service))).toBeNull();
  });
});
