import { Amount, Delta } from "../../amount.tsx";
import { useApi } from "../../api.tsx";
import { Waterfall } from "../../charts/waterfall.tsx";
import { CompareDocument, type CompareQuery } from "../../generated.ts";
import { stepsByCause, stepsByKind } from "../../parts/attribution.ts";
import { CompareLinks } from "../../parts/compare-links.tsx";
import { ExternalLink } from "../../parts/external-link.tsx";
import { Name } from "../../parts/name.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { Warnings } from "../../parts/warnings.tsx";
import { hrefWith, routeTo, type ScreenProps } from "../../route.ts";
import { Time } from "../../time.tsx";
import { Changes } from "./changes.tsx";

/** The changes from one job to another. The object of the route is `BASE...TARGET`. */
export function CompareScreen({ object, params }: ScreenProps) {
  const { base, target } = parsePair(object);
  if (base === "" || target === "") {
    return (
      <Empty title="This link names no two jobs">
        <p>
          A comparison has the form <code>#/c/BASE...TARGET</code>, with the ids of two jobs.
        </p>
        <a href="#/">Go to the portfolio</a>
      </Empty>
    );
  }
  return <Comparison base={base} target={target} object={object} params={params} />;
}

/** The ids of the base and of the target. */
export function parsePair(object: string): { base: string; target: string } {
  const at = object.indexOf("...");
  if (at === -1) return { base: object, target: "" };
  return { base: object.slice(0, at), target: object.slice(at + 3) };
}

type CompareViewProps = ScreenProps & { readonly base: string; readonly target: string };

function Comparison({ base, target, object, params }: CompareViewProps) {
  const result = useApi(CompareDocument, { base, target });
  const isByCause = params.get("by") === "cause";
  const here = { screen: "c", object, params };
  return (
    <>
      <div class="row">
        <h1>Comparison</h1>
        <a class="chip" href={routeTo("c", `${target}...${base}`)}>
          Swap base and target
        </a>
      </div>
      <Loaded result={result} lines={12}>
        {({ compareJobs: comparison }) => (
          <>
            <Warnings warnings={comparison.warnings} />
            <div class="cards">
              <JobCard title="Base" job={comparison.base} />
              <JobCard title="Target" job={comparison.target} />
              <section class="card">
                <h2>Difference per month</h2>
                <p class="big">
                  <Delta
                    value={comparison.delta}
                    percentage={comparison.percentageChange}
                    currency={comparison.target.currency}
                  />
                </p>
              </section>
            </div>
            <section class="row toolbar" aria-label="Base">
              <CompareLinks
                targetId={target}
                baselineId={comparison.target.baseline?.id}
                previousId={comparison.target.previous?.id}
                baseId={base}
              />
            </section>
            <section class="card">
              <div class="row">
                <h2>From the base to the target</h2>
                <nav class="row" aria-label="Parts of the difference">
                  <a
                    class="chip"
                    href={hrefWith(here, { by: undefined })}
                    aria-current={isByCause ? undefined : "true"}
                  >
                    By kind of change
                  </a>
                  <a
                    class="chip"
                    href={hrefWith(here, { by: "cause" })}
                    aria-current={isByCause ? "true" : undefined}
                  >
                    By cause
                  </a>
                </nav>
              </div>
              <Waterfall
                title={isByCause ? "Difference by cause" : "Difference by kind of change"}
                base={comparison.base.totalMonthlyCost}
                target={comparison.target.totalMonthlyCost}
                currency={comparison.target.currency}
                steps={isByCause ? stepsByCause(comparison.attribution) : stepsByKind(comparison.summary)}
              />
            </section>
            <Services comparison={comparison} />
            <Changes
              base={base}
              target={target}
              currency={comparison.target.currency}
              summary={comparison.summary}
              here={here}
            />
          </>
        )}
      </Loaded>
    </>
  );
}

type Compared = CompareQuery["compareJobs"];

function JobCard({ title, job }: { readonly title: string; readonly job: Compared["base"] }) {
  return (
    <section class="card">
      <h2>
        {title}:{" "}
        <a href={routeTo("j", job.id)}>{job.project === null ? "job" : <Name text={job.project} />}</a>
      </h2>
      <p class="big">
        <Amount value={job.totalMonthlyCost} currency={job.currency} unpriced={job.unpricedResourceCount} />
      </p>
      <p class="note">
        {job.branch !== null && (
          <>
            <Name text={job.branch} /> ·{" "}
          </>
        )}
        {job.commitSha !== null && (
          <>
            <ExternalLink url={job.commitUrl}>
              <code title={job.commitMessage ?? undefined}>{job.commitSha.slice(0, 10)}</code>
            </ExternalLink>{" "}
            ·{" "}
          </>
        )}
        <Time value={job.effectiveAt} />
      </p>
    </section>
  );
}

function Services({ comparison: { services, target } }: { readonly comparison: Compared }) {
  const changed = services.filter(({ change }) => change !== "UNCHANGED");
  if (changed.length === 0) return null;
  return (
    <section class="card capped">
      <h2>Services</h2>
      <ScrollRegion label="Changes of the services">
        <table>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col" class="number">
                Difference ({target.currency})
              </th>
              <th scope="col" class="number">
                Base
              </th>
              <th scope="col" class="number">
                Target
              </th>
            </tr>
          </thead>
          <tbody>
            {changed.map(({ key, change, baseMonthlyCost, targetMonthlyCost, delta, percentageChange }) => (
              <tr key={key}>
                <th scope="row">
                  <Name text={key} />
                </th>
                <td class="number">
                  <Delta value={delta} percentage={percentageChange} />
                </td>
                <td class="number">{change === "ADDED" ? "–" : <Amount value={baseMonthlyCost} />}</td>
                <td class="number">{change === "REMOVED" ? "–" : <Amount value={targetMonthlyCost} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}
