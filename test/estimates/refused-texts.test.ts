import { describe, expect, it } from "vitest";
import { expectRefusal, WAYS, withValue } from "../support/bad-input.ts";
import { startService } from "../support/service.ts";
import { NOTHING, rowCounts } from "../support/tables.ts";

const service = startService();

const STORABLE = "must not contain a NUL character or a lone surrogate";
const LONE_SURROGATE = "a\ud800b";

/** Every text of the input, and the longest that each may be. */
const TEXTS: [path: string, longest: number, unit: string][] = [
  ["input.idempotencyKey", 255, "characters"],
  ["input.userId", 255, "characters"],
  ["input.project", 1_024, "bytes"],
  ["input.branch", 1_024, "bytes"],
  ["input.commitSha", 255, "characters"],
  ["input.pullRequestUrl", 2_048, "characters"],
  ["input.terraformPlanHash", 255, "characters"],
  ["input.estimate.estimator", 255, "characters"],
  ["input.estimate.byResource[0].resourceId", 2_048, "characters"],
  ["input.estimate.byResource[0].resourceType", 255, "characters"],
  ["input.estimate.byResource[0].service", 255, "characters"],
  ["input.estimate.byResource[0].region", 255, "characters"],
  ["input.estimate.byService[0].service", 255, "characters"],
  ["input.estimate.byRegion[0].region", 255, "characters"],
  ["input.estimate.byRegion[0].services[0].service", 255, "characters"],
  ["input.estimate.warnings[0].message", 4_096, "characters"],
];

describe.each(WAYS)("A text is refused %s", (_way, send) => {
  describe.each(TEXTS)("at %s", (path, longest, unit) => {
    it.each([
      ["empty", "", "must not be empty"],
      ["blank", " \t\n", "must not be empty"],
      ["too long", "x".repeat(longest + 1), `must have at most ${longest} ${unit}`],
      ["a text with a NUL character", "a\0b", STORABLE],
    ])("when it is %s", async (_name, text, rule) => {
      await expectRefusal(service, await send(service, withValue(path, text)), path, rule);
    });
  });
});

describe("A lone surrogate is refused", () => {
  const [[, inVariable], [, inText]] = WAYS as [(typeof WAYS)[number], (typeof WAYS)[number]];

  it.each(TEXTS)("at %s", async (path) => {
    await expectRefusal(service, await inVariable(service, withValue(path, LONE_SURROGATE)), path, STORABLE);
  });

  it("in the query's text by the language itself", async () => {
    const { errors } = await inText(service, withValue("input.project", LONE_SURROGATE));
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining("Invalid Unicode escape sequence"),
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    });
    expect(await rowCounts(service)).toEqual(NOTHING);
  });
});
