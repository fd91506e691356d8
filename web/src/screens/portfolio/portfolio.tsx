import { useMemo, useState } from "preact/hooks";
import { PortfolioDocument, type PortfolioQuery } from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { LiveNote } from "../../parts/live-note.tsx";
import { PushCommand } from "../../parts/push-command.tsx";
import { Empty, Loaded, Skeleton } from "../../parts/states.tsx";
import { type Here, hrefWith, type ScreenProps } from "../../route.ts";
import { Time } from "../../time.tsx";
import { CurrencyCard } from "./currency-card.tsx";
import { Groups, groupingOf } from "./groups.tsx";
import { Movers } from "./movers.tsx";
import { NewestAnomalies, PortfolioTrend, usePortfolioTrend } from "./portfolio-trend.tsx";
import { ProjectTable, useProjectList } from "./project-table.tsx";

/** The period of the changes, in days. */
const CHANGE_DAYS = 30;

const HOUR_MS = 3_600_000;

/** The current cost of all projects, its changes, and its parts. */
export function PortfolioScreen({ params }: ScreenProps) {
  // The start of the hour, so that a return to the screen repeats requests that are cached.
  const [now] = useState(() => Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
  const since = useMemo(() => new Date(now - CHANGE_DAYS * 24 * HOUR_MS).toISOString(), [now]);
  const { groupBy, key } = groupingOf(params);
  const result = useLiveApi(PortfolioDocument, { since, groupBy, key });
  const first = result.data?.oldest.nodes[0];
  // Before the first answer, so that the requests are sent together.
  const trend = usePortfolioTrend(params, now, first && Date.parse(first.effectiveAt));
  const projects = useProjectList(params);
  return (
    <>
      <div class="row">
        <h1>Portfolio</h1>
        {result.data && (
          <span class="note">
            Estimated cost per month, <Time value={result.data.portfolio.asOf} />
          </span>
        )}
        <LiveNote />
      </div>
      <Loaded result={result} skeleton={<CardSkeletons />}>
        {(data) =>
          data.oldest.nodes.length === 0 ? (
            <NoJobs />
          ) : (
            <Content
              {...{ data, trend, projects, since }}
              here={{ screen: "", params }}
              isStale={result.fetching}
            />
          )
        }
      </Loaded>
    </>
  );
}

interface ContentProps {
  readonly data: PortfolioQuery;
  readonly here: Here;
  readonly trend: ReturnType<typeof usePortfolioTrend>;
  readonly projects: ReturnType<typeof useProjectList>;
  readonly since: string;
  readonly isStale: boolean;
}

function Content({ data, trend, projects, here, since, isStale }: ContentProps) {
  const { portfolio, before, comparePortfolios } = data;
  const { totals, groups, warnings } = portfolio;
  const currencies = [...new Set([...totals, ...comparePortfolios.totals].map((total) => total.currency))];
  const requested = here.params.get("currency");
  const largest = totals.toSorted((a, b) => b.jobCount - a.jobCount)[0];
  const currency =
    requested !== null && currencies.includes(requested)
      ? requested
      : (largest?.currency ?? currencies[0] ?? "USD");
  return (
    <>
      <Warnings warnings={warnings} />
      {totals.length === 0 ? (
        <Empty title="No current estimate">
          <p>
            Only complete jobs on a default branch count. Store one with <code>--default-branch NAME</code>,
            or from the branch main.
          </p>
          <PushCommand />
        </Empty>
      ) : (
        <div class="cards">
          {totals.map((total) => (
            <CurrencyCard
              key={total.currency}
              total={total}
              before={before.totals.find((one) => one.currency === total.currency)}
              change={comparePortfolios.totals.find((one) => one.currency === total.currency)}
            />
          ))}
        </div>
      )}
      <CurrencyTabs currencies={currencies} selected={currency} here={here} />
      <div class="columns">
        <div class="stack">
          <PortfolioTrend {...{ here, currency, trend }} />
          <ProjectTable {...{ here, projects, since }} />
        </div>
        <div class="stack">
          <Movers pairs={comparePortfolios.pairs.nodes} currency={currency} />
          <NewestAnomalies trend={trend} />
          <Groups
            here={here}
            groups={groups.filter((group) => group.currency === currency)}
            total={totals.find((total) => total.currency === currency)}
            isStale={isStale}
          />
        </div>
      </div>
    </>
  );
}

/** The cards before their content, at about the places of the content. */
function CardSkeletons() {
  const card = (lines: number) => (
    <div class="card">
      <Skeleton lines={lines} />
    </div>
  );
  return (
    <>
      <div class="cards">
        {card(4)}
        {card(4)}
      </div>
      <div class="columns">
        {card(13)}
        {card(9)}
      </div>
    </>
  );
}

function NoJobs() {
  return (
    <Empty title="No estimates yet">
      <p>Store the first one from a pipeline, or from a shell:</p>
      <PushCommand />
      <p class="note">
        The file is the output of <code>infracost breakdown --format json</code>, or the native format. The
        project and the branch come from the CI system; outside of one, use <code>--project</code> and{" "}
        <code>--branch</code>.
      </p>
    </Empty>
  );
}

interface CurrencyTabsProps {
  readonly currencies: readonly string[];
  readonly selected: string;
  readonly here: Here;
}

/** The currency of everything below the totals: amounts of two currencies have no common scale. */
function CurrencyTabs({ currencies, selected, here }: CurrencyTabsProps) {
  if (currencies.length < 2) return null;
  return (
    <nav class="row tabs" aria-label="Currency">
      {currencies.map((currency) => (
        <a
          key={currency}
          class="tab"
          href={hrefWith(here, { currency, hide: undefined })}
          aria-current={currency === selected ? "true" : undefined}
        >
          {currency}
        </a>
      ))}
    </nav>
  );
}

/** The jobs that do not count, or count more than once. Long lists of projects are folded. */
function Warnings({ warnings }: { readonly warnings: PortfolioQuery["portfolio"]["warnings"] }) {
  if (warnings.length === 0) return null;
  return (
    <details class="warning" open={warnings.length === 1}>
      <summary>
        {warnings.length === 1 ? "1 note" : `${warnings.length} notes`} on what these totals include
      </summary>
      <ul>
        {warnings.map(({ code, message }) => (
          <li key={code}>
            <bdi>{message}</bdi> <code class="note">{code}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
