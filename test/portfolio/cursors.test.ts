import { beforeAll, describe, expect, it } from "vitest";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

/** A project can have the name of a job, and a branch that of a project. */
let id = "";
const OTHER = "other";

beforeAll(async () => {
  id = await store(service, { project: OTHER, branch: OTHER, isDefaultBranch: true });
  await store(service, { project: id, branch: OTHER, isDefaultBranch: true });
  await store(service, { project: OTHER, branch: id, isDefaultBranch: true });
});

const ARGUMENTS = "first: 1, after: $after";
const BASE = "base: { filter: {} }";
const JOB_ORDERS = [
  "CREATED_AT_DESC",
  "CREATED_AT_ASC",
  "EFFECTIVE_AT_DESC",
  "EFFECTIVE_AT_ASC",
  "TOTAL_MONTHLY_COST_DESC",
  "TOTAL_MONTHLY_COST_ASC",
];

/** Every list with cursors: the fields that lead to it, and its own arguments. */
const LISTS: readonly (() => [path: string[], args: string])[] = [
  ...JOB_ORDERS.map((order) => (): [string[], string] => [["jobs"], `orderBy: ${order}`]),
  ...["NAME_ASC", "LAST_JOB_AT_DESC", "TOTAL_MONTHLY_COST_DESC"].map((order) => (): [string[], string] => [
    ["projects"],
    `orderBy: ${order}`,
  ]),
  () => [[`project(name: "${OTHER}")`, "branches"], ""],
  () => [[`project(name: "${id}")`, "branches"], ""],
  () => [[`job(id: "${id}")`, "resources"], ""],
  () => [[`compareJobs(baseJobId: "${id}", targetJobId: "${id}")`, "resources"], ""],
  () => [[`compareJobs(baseJobId: "${id}", targetJobId: "${id}")`, "resources"], "changes: [UNCHANGED]"],
  () => [[`comparePortfolios(target: { filter: {} }, ${BASE})`, "pairs"], ""],
  () => [[`comparePortfolios(target: { filter: { project: "${OTHER}" } }, ${BASE})`, "pairs"], ""],
];

const names = Array.from({ length: LISTS.length }, (_, i) => i);

/** The end of a page of a list after a cursor, or the code of its error. */
async function endOf(list: number, after: string | null): Promise<{ end?: string; code?: string }> {
  const [path, args] = LISTS[list]?.() ?? [[], ""];
  const fields = [...path.slice(0, -1), `list: ${path.at(-1)}(${[ARGUMENTS, args].filter(Boolean)})`];
  const query = fields.reduceRight((inner, field) => `${field} { ${inner} }`, "pageInfo { endCursor }");
  const { data, errors } = await service.query(`query ($after: String) { ${query} }`, { after });
  if (errors) return { code: errors[0]?.extensions.code ?? "" };
  const [found] = path.length === 1 ? [data] : Object.values<{ list: object }>(data);
  return { end: found.list.pageInfo.endCursor };
}

describe("A cursor", () => {
  it("names its list, and no other list accepts it", async () => {
    const ends = await Promise.all(names.map((list) => endOf(list, null)));
    for (const { end } of ends) expect(end).toEqual(expect.any(String));
    for (const from of names) {
      const answers = await Promise.all(names.map((to) => endOf(to, ends[from]?.end ?? "")));
      const accepted = names.filter((to) => answers[to]?.code === undefined);
      expect([from, accepted]).toEqual([from, [from]]);
      const refused = answers.flatMap(({ code }) => code ?? []);
      expect(new Set(refused)).toEqual(new Set(["BAD_USER_INPUT"]));
    }
  });

  it("of the branches of a project is an error of the other projects only", async () => {
    const { end } = await endOf(9, null);
    const { errors } = await service.query(
      `query ($after: String) { one: project(name: "${OTHER}") { branches(first: 1, after: $after) { nodes { name } } }
        other: project(name: "${id}") { branches(first: 1, after: $after) { nodes { name } } } }`,
      { after: end },
    );
    expect(errors).toMatchObject([
      { path: ["other", "branches"], message: expect.stringMatching(/^after must be a cursor of this list/) },
    ]);
  });
});
