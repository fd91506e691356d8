import { expect, it } from "vitest";
import { startService } from "../support/service.ts";
import { native, nativeResource } from "./native.ts";
import { call, postStore } from "./rest-client.ts";

const service = startService();

it("GET /jobs/{job_id}/resources returns all resources unless a page is requested", async () => {
  const by_resource = Array.from({ length: 60 }, (_, i) => nativeResource({ resource_id: `a.b[${i}]` }));
  const { json } = await postStore(service, native({ by_resource }));
  expect((await call(service, `/jobs/${json.job_id}/resources`)).json).toHaveLength(60);
  expect((await call(service, `/jobs/${json.job_id}/resources?limit=7`)).json).toHaveLength(7);
});
