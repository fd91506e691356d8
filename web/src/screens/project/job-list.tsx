import { Amount, Delta } from "../../amount.tsx";
import { isUnknownSum } from "../../decimal.ts";
import { type JobFilter, ProjectJobsDocument, type ProjectJobsQuery } from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { Name } from "../../parts/name.tsx";
import { FIRST_PAGE, Pager, pageOf } from "../../parts/pager.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { Loaded } from "../../parts/states.tsx";
import { type Here, hrefWith, routeTo } from "../../route.ts";
import { Time } from "../../time.tsx";

/** The jobs on offer, with the condition of each. */
const STATES: Readonly<Record<string, readonly [title: string, filter: JobFilter]>> = {
  all: ["All", {}],
  incomplete: ["Incomplete", { isComplete: false }],
  excluded: ["Excluded", { isExcluded: true }],
};

interface JobListProps {
  readonly here: Here;
  readonly filter: JobFilter;
}

/** The jobs of a project, newest first, with the change from the previous job of their series. */
export function JobList({ here, filter }: JobListProps) {
  const requested = here.params.get("jobs") ?? "";
  const state = Object.hasOwn(STATES, requested) ? requested : "all";
  const [, condition] = STATES[state] ?? [];
  const result = useLiveApi(
    ProjectJobsDocument,
    {
      ...pageOf(here.params),
      filter: { ...filter, ...condition },
    },
    { concerns: (job) => job.project === filter.project },
  );
  const isRange = Boolean(filter.effectiveFrom ?? filter.effectiveBefore);
  return (
    <section class="card" aria-busy={result.fetching}>
      <div class="row head">
        <h2>Jobs{isRange && " of the selected range"}</h2>
        <nav class="row" aria-label="Jobs to show">
          {Object.entries(STATES).map(([value, [title]]) => (
            <a
              key={value}
              class="chip"
              href={hrefWith(here, { ...FIRST_PAGE, jobs: value === "all" ? undefined : value })}
              aria-current={value === state ? "true" : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
      </div>
      <Loaded result={result}>
        {({ jobs }) =>
          jobs.nodes.length === 0 ? (
            <p class="note">No such job.</p>
          ) : (
            <>
              <ScrollRegion label="Jobs">
                <table class="jobs">
                  <thead>
                    <tr>
                      <th scope="col">Job</th>
                      <th scope="col">Branch</th>
                      <th scope="col">Commit</th>
                      <th scope="col" class="number">
                        Per month
                      </th>
                      <th scope="col" class="number">
                        Change
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {jobs.nodes.map((job) => (
                      <JobRow key={job.id} job={job} withProfile={!filter.profile} />
                    ))}
                  </tbody>
                </table>
              </ScrollRegion>
              <Pager pageInfo={jobs.pageInfo} here={here} previous="Newer jobs" next="Older jobs" />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

type Job = ProjectJobsQuery["jobs"]["nodes"][number];

interface JobRowProps {
  readonly job: Job;
  readonly withProfile: boolean;
}

function JobRow({ job, withProfile }: JobRowProps) {
  const { id, effectiveAt, branch, isComplete, exclusion, change, previous } = job;
  const unpriced = job.unpricedResourceCount + (job.unsupportedResourceCount ?? 0);
  return (
    <tr class={isComplete && exclusion === null ? undefined : "muted"}>
      <th scope="row">
        <a href={routeTo("j", id)}>
          <Time value={effectiveAt} />
        </a>
        {!isComplete && <span class="badge">incomplete</span>}
        {exclusion !== null && (
          <span class="badge" title={exclusion.reason}>
            excluded
          </span>
        )}
      </th>
      <td class="branch">
        {branch !== null && <Name text={branch} />}
        {withProfile && job.profile !== null && <span class="note"> {job.profile}</span>}
      </td>
      <td class="wide">
        <Commit job={job} />
      </td>
      <td class="number">
        <Amount value={job.totalMonthlyCost} currency={job.currency} unpriced={unpriced} />
      </td>
      <td class="number">
        {change !== null && previous !== null && (
          <a href={routeTo("c", `${previous.id}...${id}`)} title="Compare with the previous job">
            <Delta
              value={isUnknownSum(job.totalMonthlyCost, unpriced) ? null : change.delta}
              percentage={change.percentageChange}
            />
          </a>
        )}
      </td>
    </tr>
  );
}

/** The title of the pull request or the first line of the commit, with links to their pages. */
function Commit({ job }: { readonly job: Job }) {
  const { commitSha, commitUrl, commitMessage, pullRequestUrl, pullRequestTitle } = job;
  const sha = commitSha?.slice(0, 8);
  return (
    <>
      {pullRequestUrl !== null && (
        <a href={pullRequestUrl} rel="noreferrer">
          <Name text={pullRequestTitle ?? pullRequestUrl} />
        </a>
      )}{" "}
      {commitMessage !== null && pullRequestTitle === null && <Name text={commitMessage} />}{" "}
      {sha !== undefined && (
        <code>
          {commitUrl === null ? (
            sha
          ) : (
            <a href={commitUrl} rel="noreferrer">
              {sha}
            </a>
          )}
        </code>
      )}
    </>
  );
}
