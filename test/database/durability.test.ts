import { describe, expect, it } from "vitest";
import { run } from "../support/command-line.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { sqlAs } from "../support/sql-as.ts";

/** Tables whose rows are acknowledged to a client or to the user of a command. */
const TABLES = ["jobs", "api_tokens", "purges"];

/** Gives the database's sessions a setting, and records the one that is in force within COMMIT. */
async function configure(databaseUrl: string, setting: string): Promise<void> {
  const database = new URL(databaseUrl).pathname.slice(1);
  const triggers = TABLES.map(
    (table) => `create constraint trigger record_setting after insert on ${table} initially deferred
      for each row execute function record_setting()`,
  );
  await sqlAs(
    databaseUrl,
    undefined,
    `alter database ${database} set synchronous_commit = ${setting};
    create table recorded (setting text);
    create function record_setting() returns trigger language plpgsql security definer as $$ begin
      insert into recorded values (current_setting('synchronous_commit'));
      return null;
    end $$;
    ${triggers.join(";")}`,
  );
}

describe.each([
  ["off", "on"],
  ["local", "local"],
  ["remote_write", "remote_write"],
  ["on", "on"],
  ["remote_apply", "remote_apply"],
])("With synchronous_commit = %s", (setting, used) => {
  const service = startService({}, { prepare: (url) => configure(url, setting) });

  const recorded = async () => {
    const found = await service.sql("select setting from recorded");
    await service.sql("truncate recorded");
    return found;
  };

  it(`a store commits with ${used}`, async () => {
    await store(service);
    expect(await recorded()).toEqual([{ setting: used }]);
  });

  it.each([
    ["a token", ["token", "create", "--name", "ci", "--scope", "read"]],
    ["the record of a purge", ["purge", "--older-than", "1d"]],
  ])(`%s commits with ${used}`, async (_what, args) => {
    expect(await run(args, { env: { DATABASE_URL: service.databaseUrl } })).toMatchObject({ code: 0 });
    expect(await recorded()).toEqual([{ setting: used }]);
  });
});
