import { pino } from "pino";
import { expect, inject, it } from "vitest";
import { connectOrm } from "../../src/database/connect.ts";
import { DatabaseUnusable } from "../../src/database/startup-checks.ts";
import { freePort } from "../support/stand-in.ts";

async function refusal(change: (url: URL) => void): Promise<string> {
  const url = new URL(inject("templateUrl"));
  change(url);
  const failure = await connectOrm({ url: url.href, poolSize: 2, log: pino({ level: "silent" }) }).catch(
    (error: unknown) => error,
  );
  if (failure instanceof DatabaseUnusable) return failure.message;
  throw new Error("The database was accepted", { cause: failure });
}

const { host, password } = new URL(inject("templateUrl"));

it("A database that does not exist is refused in a sentence, without the password", async () => {
  const message = await refusal((url) => {
    url.pathname = "no_such_database";
  });
  expect(message).toBe(
    `The database at ${host}/no_such_database cannot be used: database "no_such_database" does not exist. ` +
      "Check that DATABASE_URL is correct and that PostgreSQL runs.",
  );
  expect(message).not.toContain(password);
});

it("A wrong password is told in a sentence, without the password", async () => {
  const message = await refusal((url) => {
    url.password = "s3cret";
  });
  expect(message).toContain('cannot be used: password authentication failed for user "results_storage"');
  expect(message).not.toContain("s3cret");
});

it("A name with several addresses at which nobody answers is told in a sentence, too", async () => {
  const port = await freePort();
  const message = await refusal((url) => {
    url.host = `localhost:${port}`;
  });
  expect(message).toMatch(
    new RegExp(`^The database at localhost:${port}/.* cannot be used: connect ECONNREFUSED `),
  );
});
