import { Delta } from "../../amount.tsx";
import type { PortfolioQuery } from "../../generated.ts";
import { Name } from "../../parts/name.tsx";
import { routeTo } from "../../route.ts";

type Pair = PortfolioQuery["comparePortfolios"]["pairs"]["nodes"][number];

interface MoversProps {
  /** Of all currencies, largest absolute delta first. */
  readonly pairs: readonly Pair[];
  readonly currency: string;
}

/** The movers on the screen. */
const SHOWN = 6;

/** The projects with the largest changes, each with a link to the comparison. */
export function Movers({ pairs, currency }: MoversProps) {
  const movers = pairs.filter((pair) => pair.currency === currency);
  return (
    <section class="card">
      <h2>Largest changes in 30 days</h2>
      {movers.length === 0 ? (
        <p class="note">No total in {currency} has changed.</p>
      ) : (
        <ul class="list">
          {movers.slice(0, SHOWN).map((pair) => (
            <Mover key={`${pair.project} ${pair.profile}`} pair={pair} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Mover({
  pair: { project, profile, change, delta, percentageChange, base, target },
}: {
  readonly pair: Pair;
}) {
  return (
    <li>
      <span class="grow">
        <a href={routeTo("p", project)}>
          <Name text={project} />
        </a>
        {profile !== null && <span class="note"> {profile}</span>}
      </span>
      <span class="end">
        <Delta value={delta} percentage={percentageChange} />
        {change === "ADDED" && <span class="note"> new</span>}
        {change === "REMOVED" && <span class="note"> no current job</span>}
        {base !== null && target !== null && (
          <a class="more" href={routeTo("c", `${base.id}...${target.id}`)} aria-label={`Compare ${project}`}>
            Compare
          </a>
        )}
      </span>
    </li>
  );
}
