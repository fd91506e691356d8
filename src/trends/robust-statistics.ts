import { Big } from "big.js";

/*
 * Statistics that are robust against a few outliers: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers",
 * ASQC Quality Press, 1993. The modified z-score is 0.6745 (x - median) / MAD, where 0.6745 is the upper quartile of
 * the standard normal distribution; a score above 3.5 is an outlier. All results except quotients are exact.
 */

/** The precision of a score, which becomes a double. */
const Score = Big();
Score.DP = 30;

/** The precision of distances between amounts of money: four digits. */
const Distance = Big();
Distance.DP = 4;

/** MAD / 0.6745 estimates the standard deviation of normally distributed values. */
const NORMAL_QUARTILE = "0.6745";

const MEAN_SCALE = "0.845360";

/**
 * The middle value, or the mean of the two middle values.
 * @param sorted at least one value, lowest first.
 * @throws RangeError when `sorted` is empty.
 */
export function median(sorted: readonly Big[]): Big {
  const upper = at(sorted, sorted.length >> 1);
  if (sorted.length % 2 === 1) return upper;
  return at(sorted, (sorted.length >> 1) - 1)
    .plus(upper)
    .times("0.5");
}

/**
 * The median absolute deviation: the median of the distances from the median. The values are sorted, so that the
 * nearest ones are found from the middle outwards.
 * @param sorted at least one value, lowest first.
 * @throws RangeError when `sorted` is empty.
 */
export function medianAbsoluteDeviation(sorted: readonly Big[]): Big {
  const center = median(sorted);
  const half = sorted.length >> 1;
  let low = (sorted.length - 1) >> 1;
  let high = low + 1;
  const nearest: Big[] = [];
  while (nearest.length <= half) {
    const below = sorted[low]?.minus(center).abs();
    const above = sorted[high]?.minus(center);
    if (above === undefined || below?.lte(above)) {
      nearest.push(below ?? center);
      low--;
    } else {
      nearest.push(above);
      high++;
    }
  }
  return median(nearest.slice(sorted.length % 2 === 1 ? half : half - 1));
}

/**
 * The mean absolute deviation (MeanAD) from the median, scaled to replace the MAD in the modified z-score: that score
 * is (x - median) / (1.253314 MeanAD), and 0.6745 x 1.253314 = 0.845360.
 * @param sorted at least one value, lowest first.
 * @throws RangeError when `sorted` is empty.
 */
export function meanDeviation(sorted: readonly Big[]): Big {
  const center = median(sorted);
  const distances = sorted.reduce((sum, value) => sum.plus(value.minus(center).abs()), new Distance(0));
  return distances.times(MEAN_SCALE).div(sorted.length);
}

/** The modified z-score of a value; null: the deviation is zero, so that the score is not defined. */
export function modifiedZScore(value: Big, center: Big, deviation: Big): number | null {
  if (deviation.eq(0)) return null;
  return new Score(value).minus(center).times(NORMAL_QUARTILE).div(deviation).toNumber();
}

/** The distance from the median at which the modified z-score has this value. */
export function distanceAtScore(score: number, deviation: Big): Big {
  return new Distance(deviation).times(score).div(NORMAL_QUARTILE);
}

function at(values: readonly Big[], index: number): Big {
  const value = values[index];
  if (value === undefined) throw new RangeError("statistics of no values");
  return value;
}
