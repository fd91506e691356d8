import { describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { estimate, resource, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { statementsOf } from "../support/statements.ts";

const service = startService(
  { AUTH: "tokens" },
  // The service does not start without a token.
  { prepare: async (url) => void (await createToken(url)) },
);

const JOB = `query ($id: ID!) { job(id: $id) {
  project branch labels warnings { code message }
  services { service } regions { region services { service } }
  resources(first: 1000) { totalCount nodes { resourceId resourceType service region tags } }
} }`;

const KEY = "of the test";

describe.each([
  ["every project", undefined],
  ["one project", ["acme"]],
])("With a token of %s, text with the delimiters of the database", (_name, projects) => {
  const open = async () =>
    withToken(service, await createToken(service.databaseUrl, { ...(projects && { projects }) }));

  it.each(["\x1d", "\x1e", "\x1f", "\x1d\x1e\x1f", "\x1f\x1d\x1f"])(
    "is stored as it was sent: %j",
    async (text) => {
      const caller = await open();
      const named = {
        resourceId: `a${text}b`,
        resourceType: `${text}t`,
        service: `s${text}`,
        region: `r${text}x`,
      };
      const tags = { [text]: text };
      const warning = { code: "CUSTOM", message: `w${text}` };
      const { data, errors } = await tryToStore(caller, {
        idempotencyKey: `${KEY}${text}${projects}`,
        project: "acme",
        branch: `b${text}`,
        labels: tags,
        estimate: estimate({
          totalMonthlyCost: "20.00",
          byResource: [resource({ ...named, tags }), resource({ resourceId: "plain" })],
          warnings: [warning],
        }),
      });
      expect(errors).toBeUndefined();
      const { job } = (await caller.query(JOB, { id: data.storeEstimate.job.id })).data;
      expect(job).toMatchObject({ project: "acme", branch: `b${text}`, labels: tags, warnings: [warning] });
      expect(job.resources.nodes[0]).toEqual({ ...named, tags });
      expect(job.services.map((one: { service: string }) => one.service)).toContain(`s${text}`);
      expect(job.regions).toContainEqual({ region: `r${text}x`, services: [{ service: `s${text}` }] });
    },
  );

  it("takes one statement, as other text does", async () => {
    const caller = await open();
    for (const branch of ["\x1d", "main"]) {
      const store = () => tryToStore(caller, { project: "acme", branch });
      expect(await statementsOf(store)).toContain("estimates.insertSmall");
      expect(await statementsOf(store)).not.toContain("estimates.insertJob");
    }
  });
});

it("An estimate of several statements can contain delimiters", async () => {
  const caller = withToken(service, await createToken(service.databaseUrl));
  const byResource = Array.from({ length: 5_001 }, (_, i) =>
    resource({ resourceId: `r${i}\x1f`, totalMonthlyCost: null, computeCost: null }),
  );
  const { data } = await tryToStore(caller, { estimate: estimate({ totalMonthlyCost: "0", byResource }) });
  const { job } = (await caller.query(JOB, { id: data.storeEstimate.job.id })).data;
  expect(job.resources.totalCount).toBe(5_001);
  expect(job.resources.nodes[999].resourceId).toBe("r999\x1f");
});
