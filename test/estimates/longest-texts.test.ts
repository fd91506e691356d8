import { expect, it } from "vitest";
import { pathName } from "../../src/lib/text.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** Text that does not compress, as PostgreSQL compresses long values before it measures an index row. */
function noise(length: number, from: number, size: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(from + (state % size));
  }).join("");
}

it.each([
  ["one byte", noise(1_024, 0x21, 90), noise(255, 0x21, 90)],
  ["three bytes", noise(341, 0x4e00, 20_000), noise(255, 0x4e00, 20_000)],
  ["four bytes", noise(256, 0x20000, 40_000), noise(255, 0x20000, 40_000)],
])("The longest texts of characters of %s are stored, and answered", async (_name, path, name) => {
  const id = await store(service, {
    idempotencyKey: name,
    userId: name,
    project: path,
    branch: path,
    terraformPlanHash: name,
    estimate: estimate({ byResource: [resource({ service: name, region: name })] }),
  });
  const { data } = await service.query(
    "query ($id: ID!) { job(id: $id) { userId project branch terraformPlanHash services { service } regions { region } } }",
    { id },
  );
  expect(data.job).toEqual({
    userId: name,
    // The server stores the separator /.
    project: pathName(path),
    branch: path,
    terraformPlanHash: name,
    services: [{ service: name }],
    regions: [{ region: name }],
  });
});
