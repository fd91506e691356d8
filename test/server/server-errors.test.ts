import { describe, expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { native } from "./native.ts";
import { call, postStore } from "./rest-client.ts";

const service = startService();

describe("A server error", () => {
  it("is answered with 500 and without detail", async () => {
    const { job_id } = (await postStore(service, native())).json;
    await service.sql("alter table service_costs rename column service to secret");
    const { status, type, json, text } = await call(service, `/jobs/${job_id}/services`);
    expect([status, type]).toEqual([500, "application/problem+json; charset=utf-8"]);
    expect(json).toMatchObject({ title: "Internal Server Error", code: "INTERNAL_SERVER_ERROR" });
    expect(text).not.toMatch(/secret|column|select/);
  });
});
