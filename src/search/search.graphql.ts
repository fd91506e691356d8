import { Arg, Ctx, createUnionType, Query, Resolver } from "type-graphql";
import type { Context } from "../graphql/context.ts";
import { Costs } from "../graphql/costs.ts";
import type { TypedNode } from "../graphql/node.ts";
import { Int } from "../graphql/scalars.ts";
import { CostResult, Job } from "../jobs/job.graphql.ts";
import { BadUserInput } from "../lib/errors.ts";
import { sizeOf } from "../lib/page.ts";
import { isStorable, TEXT_RULE } from "../lib/text.ts";
import { Project } from "../portfolio/project.graphql.ts";
import { findJobs } from "./jobs.sql.ts";
import { findResources } from "./resources.sql.ts";
import { findProjects, readSearchedText } from "./search.sql.ts";

/** The default and the maximum number of results of each kind. */
const RESULTS = { default: 20, maximum: 100 };

/** The length of a text, in characters. */
const LENGTH = { least: 2, most: 200 };

/** The work of a search, as a number of values: it reads the names of all projects and all current jobs. */
const SEARCH_WORK = 5_000;

const SearchResult = createUnionType({
  name: "SearchResult",
  description: "An object that a search finds.",
  types: () => [Project, Job, CostResult] as const,
  resolveType: (result) => (result as Partial<TypedNode>).__typename,
});

@Resolver()
export class SearchResolver {
  @Costs({ work: SEARCH_WORK, page: RESULTS, items: "page of each type" })
  @Query(() => [SearchResult], {
    description:
      "What has the text in it, at most `first` of each kind: projects by name; then jobs by commit SHA (its beginning only), branch, pull request (URL and title), run and label value, the newest matching member of each series; then resources of the current jobs by address. In each kind, what begins with the text is first, then the newest; projects are by name. Case does not matter. % and _ are ordinary characters. A common text is not searched in all jobs (docs/api.md). Error: BAD_USER_INPUT for a text of less than 2 or more than 200 characters.",
  })
  async search(
    @Arg("text", () => String, { description: "The text, of 2 to 200 characters." }) text: string,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: RESULTS.default,
      description: "The number of results of each kind, at most 100.",
    })
    first: number | null,
    @Ctx() { db }: Context,
  ): Promise<TypedNode[]> {
    const rule = ruleOf(text);
    if (rule !== undefined) throw new BadUserInput([{ path: ["text"], rule }]);
    const count = sizeOf("first", first, RESULTS);
    const searched = await readSearchedText(db, text);
    const [projects, jobs, resources] = await Promise.all([
      findProjects(db, searched, count),
      findJobs(db, searched, count),
      findResources(db, searched, count),
    ]);
    return [...typed("Project", projects), ...typed("Job", jobs), ...typed("CostResult", resources)];
  }
}

/** The rule that the text of a search breaks. */
function ruleOf(text: string): string | undefined {
  if (!isStorable(text)) return TEXT_RULE;
  // A character beyond U+FFFF has a length of two.
  const length = [...text.slice(0, 2 * LENGTH.most + 1)].length;
  if (length < LENGTH.least) return `must have at least ${LENGTH.least} characters`;
  return length > LENGTH.most ? `must have at most ${LENGTH.most} characters` : undefined;
}

function typed(__typename: string, rows: readonly object[]): TypedNode[] {
  return rows.map((row) => ({ __typename, ...row }));
}
