import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../database/embedded/server-process.ts";
import { call } from "../server/rest-client.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { createTestLog } from "../support/log-lines.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const { log, requestLines } = createTestLog();
const service = startService({}, { log });

/** Five pages and a part of one. */
const COUNT = 5_050;
/** Large: a socket's buffers hold one or two pages. */
const DRIVERS = [{ description: "x".repeat(2_000) }];

let id: string;

beforeAll(async () => {
  const byResource = Array.from({ length: COUNT }, (_, i) =>
    resource({ resourceId: `aws_instance.web[${i}]`, totalMonthlyCost: String(i), costDrivers: DRIVERS }),
  );
  id = await store(service, { estimate: estimate({ byResource }) });
});

/** Starts to read an export, and pauses. */
async function begin(suffix: string): Promise<IncomingMessage> {
  const [response] = await once(get(`${service.url}/api/v1/jobs/${id}/resources.${suffix}`), "response");
  return response.pause();
}

/** Waits until the server has counted one more disconnected client. */
const whenAborted = () => until(async () => (await requestLines(0)).some(({ aborted }) => aborted === true));

const pagesOf = (names: readonly string[]) => names.filter((name) => name === "export.resources").length;

describe("An export", () => {
  it.each(["csv", "focus.csv", "json"])(
    "as %s has every resource once, most expensive first",
    async (suffix) => {
      let text = "";
      const names = await statementsOf(async () => {
        text = (await call(service, `/jobs/${id}/resources.${suffix}`)).text;
      });
      // FOCUS has the name twice in a row.
      const found = new Set(
        Array.from(text.matchAll(/aws_instance\.web\[(\d+)\]/g), ([, index]) => Number(index)),
      );
      expect([...found]).toEqual(Array.from({ length: COUNT }, (_, i) => COUNT - 1 - i));
      expect(text.match(/\n/g)).toHaveLength(COUNT + (suffix === "json" ? 2 : 1));
      expect(names).toEqual(["jobs.byId", ...Array(Math.ceil(COUNT / 1_000)).fill("export.resources")]);
    },
  );

  it("reads the database no faster than its reader", async () => {
    const names = await statementsOf(async () => {
      const response = await begin("csv");
      await sleep(300);
      response.destroy();
      await whenAborted();
    });
    expect(pagesOf(names)).toBeGreaterThan(0);
    expect(pagesOf(names)).toBeLessThan(6);
  });

  it("stops when the reader disconnects, and the service continues", async () => {
    const response = await begin("csv");
    response.destroy();
    await whenAborted();
    expect(await statementsOf(() => sleep(300))).toEqual([]);
    expect((await call(service, `/jobs/${id}`)).status).toBe(200);
  });
});

describe("A page", () => {
  it("is a range of the primary key", async () => {
    await service.sql("analyze cost_results");
    const plan = await service.sql(
      `explain select * from cost_results where job_id = '${id}' and cost_rank > 999 order by cost_rank limit 1000`,
    );
    expect(JSON.stringify(plan)).toContain("Index Scan using idx_cost_results_job");
  });
});
