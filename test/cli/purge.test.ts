import { expect, it } from "vitest";
import { addToTally, describePurge } from "../../src/cli/purge.ts";

const createdBefore = new Date("2026-01-01T00:00:00Z");

const job = (day: number, project: string | null) => ({
  id: `job-${day}`,
  project,
  createdAt: new Date(Date.UTC(2025, 0, day)),
  resourceCount: day,
});

const tally = addToTally([job(3, "shop")], addToTally([job(1, null), job(2, "shop")]));

it("A purge prints one line, and one for each project, the one with most jobs first", () => {
  expect(describePurge({ id: "42", createdBefore }, tally)).toBe(
    "purged 3 jobs with 6 resources, stored from 2025-01-01T00:00:00.000Z to 2025-01-03T00:00:00.000Z (purge 42)\n" +
      "  2  shop\n  1  (no project)\n",
  );
});

it("A purge of one job with one resource has singular nouns", () => {
  expect(describePurge({ id: "42", createdBefore }, addToTally([job(1, "shop")]))).toMatch(
    /^purged 1 job with 1 resource, /,
  );
});

it("A dry run says that it would purge", () => {
  expect(describePurge({ id: null, createdBefore }, tally)).toMatch(/^would purge 3 jobs .*Z\n/);
});

it("A purge without jobs prints the limit of their time", () => {
  expect(describePurge({ id: "42", createdBefore }, addToTally([]))).toBe(
    "Nothing to purge: no job stored before 2026-01-01T00:00:00.000Z matches.\n",
  );
});
