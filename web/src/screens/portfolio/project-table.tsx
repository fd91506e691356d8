import { useMemo } from "preact/hooks";
import { Amount, Delta, formatCount } from "../../amount.tsx";
import { knownTotal } from "../../charts/series.ts";
import { Sparkline } from "../../charts/sparkline.tsx";
import {
  ProjectListDocument,
  type ProjectListQuery,
  type ProjectOrder,
  ProjectTrendsDocument,
  type ProjectTrendsQuery,
} from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { Name } from "../../parts/name.tsx";
import { FIRST_PAGE, Pager, pageOf } from "../../parts/pager.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { Loaded } from "../../parts/states.tsx";
import { TextFilter } from "../../parts/text-filter.tsx";
import { type Here, hrefWith, routeTo } from "../../route.ts";
import { TIME_ZONE, Time } from "../../time.tsx";

interface ProjectTableProps {
  readonly here: Here;
  readonly projects: ReturnType<typeof useProjectList>;
  /** The start of the sparklines. */
  readonly since: string;
}

/** The orders by their names in the URL. */
const ORDERS: Readonly<Record<string, ProjectOrder>> = {
  cost: "TOTAL_MONTHLY_COST_DESC",
  name: "NAME_ASC",
  last: "LAST_JOB_AT_DESC",
};

/** The page of projects of the URL. */
export function useProjectList(params: URLSearchParams) {
  const { sort, search } = selectionOf(params);
  return useLiveApi(ProjectListDocument, {
    ...pageOf(params),
    orderBy: ORDERS[sort] ?? "TOTAL_MONTHLY_COST_DESC",
    filter: search === "" ? null : { search },
  });
}

function selectionOf(params: URLSearchParams): { sort: string; search: string } {
  const sort = params.get("sort") ?? "";
  return { sort: Object.hasOwn(ORDERS, sort) ? sort : "cost", search: params.get("filter") ?? "" };
}

/** A page of projects, with a filter of their names. */
export function ProjectTable({ here, projects: result, since }: ProjectTableProps) {
  const { sort, search } = selectionOf(here.params);
  return (
    <section class="card" aria-busy={result.fetching}>
      <div class="row head">
        <h2>
          Projects{result.data && <span class="note"> {formatCount(result.data.projects.totalCount)}</span>}
        </h2>
        <TextFilter label="Filter by name" name="filter" value={search} />
      </div>
      <Loaded result={result}>
        {({ projects }) =>
          projects.nodes.length === 0 ? (
            <p class="note">No project has this text in its name.</p>
          ) : (
            <>
              <Rows projects={projects.nodes} {...{ since, here, sort }} />
              <Pager
                pageInfo={projects.pageInfo}
                here={here}
                previous="Previous projects"
                next="More projects"
              />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

interface RowsProps extends Pick<ProjectTableProps, "here" | "since"> {
  readonly projects: ProjectListQuery["projects"]["nodes"];
  readonly sort: string;
}

function Rows({ projects, since, here, sort }: RowsProps) {
  const names = useMemo(() => projects.map(({ name }) => name), [projects]);
  const { data } = useLiveApi(ProjectTrendsDocument, {
    timeZone: TIME_ZONE,
    filter: { projects: names, effectiveFrom: since },
  });
  const heading = (title: string, order: string) => (
    <a
      class="sort"
      href={hrefWith(here, { ...FIRST_PAGE, sort: order })}
      aria-current={sort === order ? "true" : undefined}
    >
      {title}
      {sort === order && <span aria-hidden="true"> {order === "name" ? "↑" : "↓"}</span>}
    </a>
  );
  return (
    <ScrollRegion label="Projects">
      <table class="projects">
        <thead>
          <tr>
            <th scope="col">{heading("Project", "name")}</th>
            <th scope="col" class="number">
              {heading("Per month", "cost")}
            </th>
            <th scope="col">30 days</th>
            <th scope="col" class="number minor">
              Jobs
            </th>
            <th scope="col" class="number minor">
              {heading("Last job", "last")}
            </th>
          </tr>
        </thead>
        <tbody>
          {projects.map((project) => (
            <ProjectRow key={project.name} project={project} trend={data?.costTrend.series} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface ProjectRowProps {
  readonly project: RowsProps["projects"][number];
  /** undefined: not loaded. */
  readonly trend: ProjectTrendsQuery["costTrend"]["series"] | undefined;
}

function ProjectRow({ project: { name, jobCount, lastJobAt, totals }, trend }: ProjectRowProps) {
  const series = trend?.filter(({ key, isOther }) => key === name && !isOther);
  return (
    <tr>
      <th scope="row" class="wide">
        <a class="block" href={routeTo("p", name)}>
          <Name text={name} />
        </a>
      </th>
      <td class="number">
        {totals.map((total) => (
          <div key={total.currency}>
            <Amount
              value={total.totalMonthlyCost}
              currency={total.currency}
              unpriced={total.unpricedResourceCount + total.unsupportedResourceCount}
            />
          </div>
        ))}
        {totals.length === 0 && <span class="note">no current job</span>}
      </td>
      <td class="spark">
        {series?.map(({ currency, delta, totals }) => {
          const values = totals.map(knownTotal);
          return values.every((value) => value === null) ? null : (
            <div key={currency} class="row">
              <Sparkline values={values} label={`Cost of ${name} in ${currency}, 30 days`} />
              <Delta value={delta} />
            </div>
          );
        })}
      </td>
      <td class="number minor">{formatCount(jobCount)}</td>
      <td class="number minor">
        <Time value={lastJobAt} dateOnly />
      </td>
    </tr>
  );
}
