import { Amount, Delta, formatCount } from "../../amount.tsx";
import { isUnknownSum } from "../../decimal.ts";
import type { PortfolioQuery } from "../../generated.ts";
import { Coverage } from "../../parts/coverage.tsx";
import { Time } from "../../time.tsx";

interface CurrencyCardProps {
  readonly total: PortfolioQuery["portfolio"]["totals"][number];
  /** The unknown costs of the base of the change; undefined: the base has no job in the currency. */
  readonly before: PortfolioQuery["before"]["totals"][number] | undefined;
  readonly change: PortfolioQuery["comparePortfolios"]["totals"][number] | undefined;
}

/** The total of one currency with its change and the part of the resources that it includes. */
export function CurrencyCard({ total, before, change }: CurrencyCardProps) {
  const { currency, jobCount, oldestJobAt } = total;
  return (
    <section class="card currency-card" aria-label={`Total in ${currency}`}>
      <div>
        <p class="big">
          <Amount
            value={total.totalMonthlyCost}
            currency={currency}
            unpriced={total.unpricedResourceCount + total.unsupportedResourceCount}
          />
        </p>
        <p>
          {change === undefined || change.baseMonthlyCost === null ? (
            <span class="note">No estimate 30 days ago</span>
          ) : (
            <>
              <Delta
                value={isUnknownSum(total.totalMonthlyCost, unknownOf(total)) ? null : change.delta}
                percentage={change.percentageChange}
              />{" "}
              <span class="note">in 30 days</span>
            </>
          )}
        </p>
      </div>
      <div class="grow">
        <Coverage {...total} />
        {before !== undefined && unknownOf(before) !== unknownOf(total) && (
          <p class="note">
            {formatCount(unknownOf(before))} without a price 30 days ago: a part of the change can be theirs.
          </p>
        )}
        <p class="note">
          {formatCount(jobCount)} {jobCount === 1 ? "estimate" : "estimates"}, the oldest of{" "}
          <Time value={oldestJobAt} dateOnly />
        </p>
      </div>
    </section>
  );
}

function unknownOf(total: { unpricedResourceCount: number; unsupportedResourceCount: number }): number {
  return total.unpricedResourceCount + total.unsupportedResourceCount;
}
