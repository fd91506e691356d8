import { Amount, Delta } from "../../amount.tsx";
import { useApi } from "../../api.tsx";
import { CostTreemap } from "../../charts/cost-treemap.tsx";
import { JobDocument } from "../../generated.ts";
import { CompareLinks } from "../../parts/compare-links.tsx";
import { Coverage } from "../../parts/coverage.tsx";
import { Downloads } from "../../parts/downloads.tsx";
import { ExclusionButton } from "../../parts/exclusion.tsx";
import { Name } from "../../parts/name.tsx";
import { FIRST_PAGE } from "../../parts/pager.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Warnings } from "../../parts/warnings.tsx";
import { hrefWith, routeTo, type ScreenProps } from "../../route.ts";
import { Time } from "../../time.tsx";
import { type Job, JobFacts } from "./job-facts.tsx";
import { JobResources } from "./job-resources.tsx";
import { SealCard } from "./seal-card.tsx";

/** The most expensive resources, which have a tile of their own. */
const TILES = 200;

/** One stored estimate: its total and coverage, its origin, its services and its resources. */
export function JobScreen({ object: id, params }: ScreenProps) {
  const result = useApi(JobDocument, { id, tiles: TILES });
  return (
    <>
      {!result.data?.job && <h1>Job</h1>}
      <Loaded result={result} lines={12}>
        {({ job }) =>
          job === null ? (
            <Empty title="This job does not exist">
              <p>Retention has removed it, or your token does not see it.</p>
              <a href="#/">Go to the portfolio</a>
            </Empty>
          ) : (
            <JobView job={job} params={params} />
          )
        }
      </Loaded>
    </>
  );
}

interface JobViewProps {
  readonly job: Job;
  readonly params: URLSearchParams;
}

function JobView({ job, params }: JobViewProps) {
  const { id, project, branch, effectiveAt, profile, exclusion } = job;
  return (
    <>
      <div class="row">
        <h1>
          {project === null ? (
            "Job without a project"
          ) : (
            <a href={routeTo("p", project)}>
              <Name text={project} />
            </a>
          )}
        </h1>
        <span class="note">
          {branch !== null && (
            <>
              <Name text={branch} /> ·{" "}
            </>
          )}
          <Time value={effectiveAt} />
        </span>
        {profile !== null && <span class="chip">{profile}</span>}
      </div>
      <Warnings warnings={stateWarnings(job)} />
      <Warnings warnings={job.warnings} />
      <div class="cards">
        <TotalCard job={job} />
        <CoverageCard job={job} />
        <SealCard jobId={id} />
      </div>
      <section class="row toolbar" aria-label="Actions">
        <CompareLinks targetId={id} baselineId={job.baseline?.id} previousId={job.previous?.id} />
        <Downloads jobId={id} />
        <ExclusionButton jobId={id} isExcluded={exclusion !== null} />
      </section>
      <JobFacts job={job} />
      <Services job={job} params={params} />
      <JobResources job={job} params={params} />
    </>
  );
}

/** The states in which a total is not comparable come before all warnings of the estimator. */
function stateWarnings({ isComplete, exclusion }: Job) {
  return [
    ...(isComplete
      ? []
      : [
          {
            code: "INCOMPLETE_JOB",
            message: "The estimator reported an error. The total is partial, and no trend includes it.",
          },
        ]),
    ...(exclusion === null
      ? []
      : [
          {
            code: "EXCLUDED_JOB",
            message: `Excluded from its series${exclusion.excludedBy === null ? "" : ` by ${exclusion.excludedBy}`}: ${exclusion.reason}`,
          },
        ]),
  ];
}

function TotalCard({
  job: { totalMonthlyCost, currency, unpricedResourceCount, change },
}: {
  readonly job: Job;
}) {
  return (
    <section class="card">
      <h2>Total per month</h2>
      <p class="big">
        <Amount value={totalMonthlyCost} currency={currency} unpriced={unpricedResourceCount} />
      </p>
      <p class="note">
        {change === null ? (
          "No previous job in its series."
        ) : (
          <>
            <Delta value={change.delta} percentage={change.percentageChange} currency={currency} /> from the
            previous job
          </>
        )}
      </p>
    </section>
  );
}

function CoverageCard({ job }: { readonly job: Job }) {
  const { unsupportedResourceCount, confidenceScore } = job;
  return (
    <section class="card">
      <h2>Coverage</h2>
      <Coverage {...job} />
      <p class="note">
        {unsupportedResourceCount === null &&
          "The estimator does not state the number of unsupported resources."}
        {confidenceScore !== null && ` Confidence: ${confidenceScore}.`}
      </p>
    </section>
  );
}

function Services({ job, params }: JobViewProps) {
  const { id, services, resources, currency, unpricedResourceCount } = job;
  if (services.length === 0) return null;
  const hrefOf = (service: string) =>
    hrefWith({ screen: "j", object: id, params }, { ...FIRST_PAGE, service });
  const credits = services.filter(({ totalMonthlyCost }) => totalMonthlyCost.startsWith("-"));
  return (
    <section class="card">
      <h2>Services</h2>
      <div class="beside">
        <div>
          <CostTreemap currency={currency} services={services} resources={resources.nodes} hrefOf={hrefOf} />
          {unpricedResourceCount > 0 && (
            <p class="unpriced-note">
              <strong>+ {unpricedResourceCount} of unknown cost</strong>: these resources have no area.
            </p>
          )}
          {credits.length > 0 && (
            <p class="note">Credits have no area: {credits.map(({ service }) => service).join(", ")}.</p>
          )}
        </div>
        <ScrollRegion label="Costs of the services">
          <table>
            <thead>
              <tr>
                <th scope="col">Service</th>
                <th scope="col" class="number">
                  Per month ({currency})
                </th>
                <th scope="col" class="number">
                  Resources
                </th>
              </tr>
            </thead>
            <tbody>
              {services.map(
                (
                  { id: key, service, totalMonthlyCost, resourceCount, unpricedResourceCount: unknown },
                  i,
                ) => (
                  <tr key={key}>
                    <th scope="row">
                      <span class={`swatch series-${Math.min(i + 1, 9)}`} />{" "}
                      <a href={hrefOf(service)}>
                        <Name text={service} />
                      </a>
                    </th>
                    <td class="number">
                      <Amount value={totalMonthlyCost} unpriced={unknown} />
                    </td>
                    <td class="number">{resourceCount}</td>
                  </tr>
                ),
              )}
            </tbody>
          </table>
        </ScrollRegion>
      </div>
    </section>
  );
}
