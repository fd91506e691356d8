import { expect, it } from "vitest";
import { isComplete } from "../../src/estimates/totals.ts";
import { estimate, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

const warning = (code: string) => ({ code, message: "A message" });

it.each(
  [undefined, null, true, false].flatMap((stated) =>
    [[], ["PROJECT_WARNING"], ["PROJECT_ERROR"], ["PROJECT_WARNING", "PROJECT_ERROR"]].map(
      (codes) => [stated, codes] as const,
    ),
  ),
)("An estimate with isComplete: %j and the warnings %j is as complete as its job", async (stated, codes) => {
  const input = estimate({ isComplete: stated, warnings: codes.map(warning) });
  const id = await store(service, { estimate: input });
  const { data } = await service.query("query ($id: ID!) { job(id: $id) { isComplete } }", { id });
  expect(data.job).toEqual({ isComplete: isComplete(input) });
});
