import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { STATEMENT_CHANNEL } from "../../src/lib/events.ts";
import { GOOD_INPUT } from "../support/bad-input.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";
import { NOTHING, rowCounts } from "../support/tables.ts";

const service = startService();

describe.each(["cost_results", "service_costs", "region_costs"])("When inserting into %s fails", (table) => {
  const breakTable = () =>
    service.sql(
      `create function fail() returns trigger language plpgsql as
         $$ begin raise exception 'the disk of db-7.internal is full'; end $$;
       create trigger fail before insert on ${table} for each row execute function fail()`,
    );

  afterEach(async () => {
    await service.sql("drop function if exists fail cascade");
    await pastTriggers(service, "truncate jobs, idempotency_keys cascade");
  });

  it("nothing at all is left", async () => {
    await breakTable();
    const { errors } = await tryToStore(service, GOOD_INPUT);
    expect(errors?.[0]?.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    expect(await rowCounts(service)).toEqual(NOTHING);
  });

  it("the answer says nothing of the database", async () => {
    await breakTable();
    expect(await tryToStore(service, GOOD_INPUT)).toEqual({
      status: 200,
      data: null,
      errors: [
        {
          message: "The server failed to process the request; its log contains the cause.",
          path: ["storeEstimate"],
          extensions: { code: "INTERNAL_SERVER_ERROR" },
        },
      ],
    });
  });

  it("the same call works as soon as the fault is gone, with its key", async () => {
    await breakTable();
    await tryToStore(service, GOOD_INPUT);
    await service.sql("drop function fail cascade");
    expect((await tryToStore(service, GOOD_INPUT)).data.storeEstimate.created).toBe(true);
  });
});

describe("Storing", () => {
  const thirty = Array.from({ length: 30 }, (_, i) =>
    resource({ resourceId: `r${i}`, service: `s${i}`, region: `r${i}` }),
  );
  const store = (idempotencyKey: string | null) =>
    tryToStore(service, { idempotencyKey, estimate: estimate({ byResource: thirty }) });

  it("thirty resources, services and regions takes five statements, and one that reads the job", async () => {
    expect(await statementsOf(() => store(null))).toEqual([
      "estimates.insertJob",
      "estimates.insertResources",
      "estimates.insertServices",
      "estimates.insertRegions",
      "database.durability",
      "jobs.byId",
    ]);
  });

  it("with a key takes one statement more", async () => {
    const statements = await statementsOf(() => store("statements"));
    expect(statements[0]).toBe("estimates.takeIdempotencyKey");
    expect(statements).toHaveLength(7);
  });

  it("what is already stored looks up its key, and waits for its durability", async () => {
    await store("again");
    expect(await statementsOf(() => store("again"))).toEqual([
      "estimates.takeIdempotencyKey",
      "estimates.holderOfIdempotencyKey",
      "database.durability",
      "jobs.byId",
    ]);
  });

  it("writes with nothing but INSERT", async () => {
    const verbs = new Set<string>();
    const listen = (message: unknown) => {
      const { sql } = message as { sql: string };
      verbs.add(sql.replace(/^\/\*.*\*\/\s*/, "").split(/\s/)[0] ?? "");
    };
    subscribe(STATEMENT_CHANNEL, listen);
    await store("verbs");
    await store("verbs");
    unsubscribe(STATEMENT_CHANNEL, listen);
    expect([...verbs].sort()).toEqual(["insert", "select"]);
  });
});
