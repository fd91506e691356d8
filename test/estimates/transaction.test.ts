import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { STATEMENT_CHANNEL } from "../../src/lib/events.ts";
import { GOOD_INPUT } from "../support/bad-input.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { pastTriggers } from "../support/past-triggers.ts";
import { startService } from "../support/service.ts";
import { observed, statementsOf } from "../support/statements.ts";
import { NOTHING, rowCounts } from "../support/tables.ts";

/** With two connections, so that stores use those of earlier stores. */
const service = startService({ DATABASE_POOL_SIZE: "2" });

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

describe("When the commit of a store fails", () => {
  afterEach(() => service.sql("drop function if exists fail cascade"));

  it("nothing at all is left, and the connection stores the next one", async () => {
    await service.sql(
      `create function fail() returns trigger language plpgsql as
         $$ begin raise exception 'the commit is refused'; end $$;
       create constraint trigger fail after insert on jobs initially deferred
         for each row execute function fail()`,
    );
    const before = await rowCounts(service);
    for (const idempotencyKey of [null, "commit", "commit"]) {
      const { errors } = await tryToStore(service, { ...GOOD_INPUT, idempotencyKey });
      expect(errors?.[0]?.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    }
    expect(await rowCounts(service)).toEqual(before);
    await service.sql("drop function fail cascade");
    const { data } = await tryToStore(service, { ...GOOD_INPUT, idempotencyKey: "commit" });
    expect(data.storeEstimate.created).toBe(true);
  });
});

describe("Storing", () => {
  const thirty = Array.from({ length: 30 }, (_, i) =>
    resource({ resourceId: `r${i}`, service: `s${i}`, region: `r${i}` }),
  );
  const store = (idempotencyKey: string | null) =>
    tryToStore(service, { idempotencyKey, estimate: estimate({ byResource: thirty }) });

  it.each([null, "statements"])(
    "thirty resources, services and regions takes one statement, and one that reads the job (key %s)",
    async (key) => {
      expect(await statementsOf(() => store(key))).toEqual(["estimates.insertSmall", "jobs.byId"]);
    },
  );

  it.each([
    ["the id of the job takes one statement", "created job { id __typename } again: job { id }", []],
    ["fields of the job reads them once", "job { id project } again: job { branch }", ["jobs.byId"]],
  ])("and requesting %s", async (_title, fields, reads) => {
    const { answer, statements } = await observed(() =>
      service.query(`mutation ($input: StoreEstimateInput!) { storeEstimate(input: $input) { ${fields} } }`, {
        input: { ...GOOD_INPUT, idempotencyKey: null },
      }),
    );
    expect(answer.data.storeEstimate.job.id).toMatch(/^[\da-f-]{36}$/);
    expect(statements).toEqual(["estimates.insertSmall", ...reads]);
  });

  it("what is already stored looks up its key, and waits for its durability", async () => {
    await store("again");
    expect(await statementsOf(() => store("again"))).toEqual([
      "estimates.insertSmall",
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
      for (const [verb] of sql.matchAll(
        /\b(?:insert|update|delete|merge|truncate|copy|call|do)\b(?! nothing)/g,
      )) {
        verbs.add(verb);
      }
    };
    subscribe(STATEMENT_CHANNEL, listen);
    await store("verbs");
    await store("verbs");
    unsubscribe(STATEMENT_CHANNEL, listen);
    expect([...verbs]).toEqual(["insert"]);
  });
});
