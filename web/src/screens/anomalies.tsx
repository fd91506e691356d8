import { Amount, Delta } from "../amount.tsx";
import { useApi } from "../api.tsx";
import { AnomalyBand } from "../charts/anomaly-band.tsx";
import { AnomaliesDocument, type AnomaliesQuery } from "../generated.ts";
import { Empty, Loaded } from "../parts/states.tsx";
import { routeTo, type ScreenProps, setParams } from "../route.ts";
import { Time } from "../time.tsx";

/** The anomalies of a page; the API allows 1,000. */
const LISTED = 200;

/** The sensitivities on offer, by their modified z-score. */
const SENSITIVITIES = { "2.5": "Many", "3.5": "Normal", "6": "Few" };

/** Jobs whose total differs much from the earlier jobs of their series, newest first. */
export function AnomaliesScreen({ params }: ScreenProps) {
  const sensitivity = params.get("sensitivity") ?? "3.5";
  const project = params.get("project");
  const result = useApi(AnomaliesDocument, {
    first: LISTED,
    sensitivity: Number(sensitivity),
    filter: project === null ? null : { project },
  });
  return (
    <>
      <div class="row">
        <h1>Anomalies{project !== null && ` of ${project}`}</h1>
        <label class="row">
          Show
          <select
            value={sensitivity}
            onChange={({ currentTarget }) => setParams({ sensitivity: currentTarget.value })}
          >
            {Object.entries(SENSITIVITIES).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {project !== null && (
          <a class="chip" href={routeTo("anomalies", "", { sensitivity })}>
            All projects
          </a>
        )}
      </div>
      <Loaded result={result}>
        {({ costAnomalies }) =>
          costAnomalies.length === 0 ? (
            <Empty title="No anomalies">
              <p>
                No total differs much from the earlier jobs of its series. A series needs at least 5 jobs.
              </p>
            </Empty>
          ) : (
            <>
              {costAnomalies.map((anomaly) => (
                <AnomalyCard key={anomaly.job.id} anomaly={anomaly} />
              ))}
              {costAnomalies.length === LISTED && (
                <p class="note">These are the newest {LISTED} anomalies.</p>
              )}
            </>
          )
        }
      </Loaded>
    </>
  );
}

type Anomaly = AnomaliesQuery["costAnomalies"][number];

function AnomalyCard({ anomaly }: { readonly anomaly: Anomaly }) {
  const { job, expected, lowerBound, upperBound, reason, drivers } = anomaly;
  const { currency, previous } = job;
  return (
    <article class="card">
      <div class="row">
        <h2>
          <a href={routeTo("j", job.id)}>{job.project}</a>
        </h2>
        <span class="note">
          {job.branch} · <Time value={job.effectiveAt} />
        </span>
        {previous && (
          <a class="chip" href={routeTo("c", `${previous.id}...${job.id}`)}>
            Compare with the previous job
          </a>
        )}
      </div>
      <p class="row">
        <strong>
          <Amount value={job.totalMonthlyCost} currency={currency} />
        </strong>
        <span class="note">
          expected <Amount value={expected} currency={currency} />
        </span>
      </p>
      <AnomalyBand total={job.totalMonthlyCost} expected={expected} lower={lowerBound} upper={upperBound} />
      <p>{reason}</p>
      {drivers.length > 0 && (
        <p class="row">
          {drivers.map(({ key, delta }) => (
            <span class="chip" key={key}>
              {key} <Delta value={delta} currency={currency} />
            </span>
          ))}
        </p>
      )}
    </article>
  );
}
