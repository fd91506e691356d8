import { Amount, Delta } from "../amount.tsx";
import { useApi } from "../api.tsx";
import { Waterfall } from "../charts/waterfall.tsx";
import { PairAttributionDocument, RunDocument, type RunQuery } from "../generated.ts";
import { stepsByCause } from "../parts/attribution.ts";
import { ExpandableRow } from "../parts/expandable-row.tsx";
import { ExternalLink } from "../parts/external-link.tsx";
import { Name } from "../parts/name.tsx";
import { Pager, pageOf } from "../parts/pager.tsx";
import { ScrollRegion } from "../parts/scroll-region.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { Warnings } from "../parts/warnings.tsx";
import { routeTo, type ScreenProps } from "../route.ts";
import { Time } from "../time.tsx";

const PAGE_SIZE = 50;

/** The columns of the table of projects. */
const COLUMNS = 4;

/** The projects of one CI run, for instance of a pull request, each against its baseline on the default branch. */
export function RunScreen({ object: runId, params }: ScreenProps) {
  const result = useApi(RunDocument, { runId, ...pageOf(params, PAGE_SIZE) });
  return (
    <>
      {!result.data?.jobs.totalCount && <h1>CI run</h1>}
      <Loaded result={result} lines={12}>
        {(run) =>
          run.jobs.totalCount === 0 ? (
            <Empty title="No job of this run">
              <p>
                No job has the run <Name text={runId} />, or your token sees none.{" "}
                <code>results-storage push</code> states the run of a CI system; elsewhere,{" "}
                <code>--run-id</code> does.
              </p>
              <a href="#/">Go to the portfolio</a>
            </Empty>
          ) : (
            <>
              <Heading run={run} runId={runId} />
              <Warnings warnings={run.comparePortfolios.warnings} />
              <Failed failed={run.failed} />
              <Totals run={run} />
              <section class="card">
                <h2>Projects</h2>
                {run.comparePortfolios.pairs.totalCount === 0 ? (
                  <Empty title="Nothing to compare">
                    <p>The run has no complete job of a project.</p>
                  </Empty>
                ) : (
                  <>
                    <PairTable pairs={run.comparePortfolios.pairs.nodes} />
                    <Pager
                      pageInfo={run.comparePortfolios.pairs.pageInfo}
                      here={{ screen: "run", object: runId, params }}
                      previous="Bigger changes"
                      next="Smaller changes"
                    />
                  </>
                )}
              </section>
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Heading({ run, runId }: { readonly run: RunQuery; readonly runId: string }) {
  const [job] = run.jobs.nodes;
  if (job === undefined) return null;
  return (
    <>
      <h1>
        {job.pullRequestUrl === null && job.pullRequestTitle === null ? (
          <>
            Run <Name text={runId} />
          </>
        ) : (
          <ExternalLink url={job.pullRequestUrl}>
            <Name text={job.pullRequestTitle ?? job.pullRequestUrl ?? ""} />
          </ExternalLink>
        )}
      </h1>
      <p class="row note">
        {job.branch !== null && (
          <span>
            <Name text={job.branch} />
            {job.targetBranch !== null && (
              <>
                {" "}
                → <Name text={job.targetBranch} />
              </>
            )}
          </span>
        )}
        {job.commitSha !== null && (
          <span>
            <ExternalLink url={job.commitUrl}>
              <code>{job.commitSha.slice(0, 10)}</code>
            </ExternalLink>{" "}
            {job.commitMessage !== null && <Name text={job.commitMessage} />}
          </span>
        )}
        <Time value={job.effectiveAt} />
        {job.runUrl !== null && <ExternalLink url={job.runUrl}>Log of the run</ExternalLink>}
        <span>
          {run.jobs.totalCount} {run.jobs.totalCount === 1 ? "job" : "jobs"}
        </span>
      </p>
    </>
  );
}

/** The incomplete jobs, with the reasons of the estimator. */
function Failed({ failed }: Pick<RunQuery, "failed">) {
  if (failed.totalCount === 0) return null;
  return (
    <section class="card">
      <h2>Failed projects</h2>
      <ul class="lines">
        {failed.nodes.map(({ id, project, warnings }) => (
          <li key={id}>
            <a href={routeTo("j", id)}>
              {project === null ? "Job without a project" : <Name text={project} />}
            </a>{" "}
            <span class="note">{warnings.map(({ message }) => message).join(" ")}</span>
          </li>
        ))}
      </ul>
      {failed.totalCount > failed.nodes.length && (
        <p class="note">And {failed.totalCount - failed.nodes.length} more.</p>
      )}
    </section>
  );
}

/** One card for each currency, because amounts of different currencies are never added up. */
function Totals({ run: { comparePortfolios } }: { readonly run: RunQuery }) {
  return (
    <div class="cards">
      {comparePortfolios.totals.map(
        ({ currency, baseMonthlyCost, targetMonthlyCost, delta, percentageChange }) => (
          <section class="card" key={currency}>
            <h2>Difference per month in {currency}</h2>
            <p class="big">
              <Delta value={delta} percentage={percentageChange} currency={currency} />
            </p>
            <p class="note">
              {baseMonthlyCost === null ? "no base" : <Amount value={baseMonthlyCost} currency={currency} />}{" "}
              →{" "}
              {targetMonthlyCost === null ? (
                "no target"
              ) : (
                <Amount value={targetMonthlyCost} currency={currency} />
              )}
            </p>
          </section>
        ),
      )}
    </div>
  );
}

type Pair = RunQuery["comparePortfolios"]["pairs"]["nodes"][number];

const CHANGES: Readonly<Partial<Record<Pair["change"], string>>> = {
  ADDED: "New project",
  REMOVED: "Removed",
  UNCHANGED: "Unchanged",
};

function PairTable({ pairs }: { readonly pairs: readonly Pair[] }) {
  return (
    <ScrollRegion label="Projects of the run">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Project</th>
            <th scope="col" class="number">
              Difference
            </th>
            <th scope="col" class="number">
              Base
            </th>
            <th scope="col" class="number">
              Run
            </th>
          </tr>
        </thead>
        <tbody>
          {pairs.map((pair) => (
            <PairRow key={`${pair.project} ${pair.profile} ${pair.currency}`} pair={pair} />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function PairRow({ pair }: { readonly pair: Pair }) {
  const { project, base, target } = pair;
  const cells = <AmountCells pair={pair} />;
  if (base === null || target === null) {
    return (
      <tr>
        <th scope="row">
          <PairTitle pair={pair} />
        </th>
        {cells}
      </tr>
    );
  }
  return (
    <ExpandableRow
      label={`Causes for ${project}`}
      title={<PairTitle pair={pair} />}
      cells={cells}
      columns={COLUMNS}
    >
      <Causes base={base.id} target={target.id} />
    </ExpandableRow>
  );
}

function PairTitle({ pair: { project, profile, change, target } }: { readonly pair: Pair }) {
  return (
    <span class="row">
      {target === null ? (
        <Name text={project} />
      ) : (
        <a href={routeTo("j", target.id)}>
          <Name text={project} />
        </a>
      )}
      {profile !== null && <span class="chip">{profile}</span>}
      {change in CHANGES && <span class="note">{CHANGES[change]}</span>}
    </span>
  );
}

function AmountCells({ pair }: { readonly pair: Pair }) {
  const { currency, delta, percentageChange, base, target } = pair;
  return (
    <>
      <td class="number">
        <Delta value={delta} percentage={percentageChange} currency={currency} />
      </td>
      <td class="number">
        {base === null ? (
          "–"
        ) : (
          <Amount value={base.totalMonthlyCost} currency={currency} unpriced={base.unpricedResourceCount} />
        )}
        {base !== null && base.branch !== null && (
          <div class="note">
            <Name text={base.branch} />
          </div>
        )}
      </td>
      <td class="number">
        {target === null ? (
          "–"
        ) : (
          <Amount
            value={target.totalMonthlyCost}
            currency={currency}
            unpriced={target.unpricedResourceCount}
          />
        )}
      </td>
    </>
  );
}

/** The causes of the difference of one project. */
function Causes({ base, target }: { readonly base: string; readonly target: string }) {
  const result = useApi(PairAttributionDocument, { base, target });
  return (
    <Loaded result={result} lines={3}>
      {({ compareJobs }) => (
        <>
          <Warnings warnings={compareJobs.warnings} />
          <Waterfall
            title="Difference by cause"
            base={compareJobs.base.totalMonthlyCost}
            target={compareJobs.target.totalMonthlyCost}
            currency={compareJobs.base.currency}
            steps={stepsByCause(compareJobs.attribution)}
          />
          <p>
            <a href={routeTo("c", `${base}...${target}`)}>All changes</a>
          </p>
        </>
      )}
    </Loaded>
  );
}
