import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { median } from "./statistics.ts";

/** Milliseconds from the start of the navigation, medians. */
export interface PaintTimes {
  /** The first content of any kind. */
  readonly firstPaint: number;
  /** The totals of the portfolio. */
  readonly totals: number;
  /** The first plot. */
  readonly plot: number;
}

/** Records when the answer of a trend is received, and the ends of the frames in which elements are first painted. */
const RECORD_PAINTS = `
  globalThis.painted = {};
  const elements = { totals: ".currency-card .amount", plot: "figure.plot canvas" };
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(elements)) {
      if (painted[name] !== undefined || document.querySelector(selector) === null) continue;
      painted[name] = 0;
      requestAnimationFrame(() => setTimeout(() => { painted[name] = performance.now(); }));
    }
  }).observe(document, { subtree: true, childList: true });
  const { text } = Response.prototype;
  Response.prototype.text = async function () {
    const content = await text.call(this);
    if (content.includes('"costAnomalies"')) globalThis.trendReceived ??= performance.now();
    return content;
  };
`;

/** Opens the portfolio with an empty cache of the browser, a number of times. */
export async function measurePaint(browser: Browser, url: string, rounds: number): Promise<PaintTimes> {
  const found: PaintTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser, url);
    found.push(
      await page.evaluate<PaintTimes>(`({
        ...painted,
        firstPaint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      })`),
    );
    await page.context().close();
  }
  return {
    firstPaint: median(found.map(({ firstPaint }) => firstPaint)),
    totals: median(found.map(({ totals }) => totals)),
    plot: median(found.map(({ plot }) => plot)),
  };
}

/** The series of the drawn trend. */
const SERIES = 5;

/**
 * The milliseconds from the received answer of a trend with a number of points to its painted plot: parsing, rendering and
 * drawing. The answer is not the server's, which limits a trend to fewer points.
 */
export async function measurePoints(
  browser: Browser,
  url: string,
  points: number,
  rounds: number,
): Promise<number> {
  const found: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const page = await openPage(browser, url, (opened) => answerWithPoints(opened, points / SERIES));
    found.push(await page.evaluate<number>("painted.plot - trendReceived"));
    await page.context().close();
  }
  return median(found);
}

async function openPage(
  browser: Browser,
  url: string,
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1_400, height: 900 } });
  await context.addInitScript(RECORD_PAINTS);
  const page = await context.newPage();
  await prepare(page);
  await page.goto(url);
  // `waitForFunction` calls eval in the page, which its content security policy refuses.
  while (!(await page.evaluate<boolean>("painted.plot > 0"))) await sleep(20);
  return page;
}

const HOUR_MS = 3_600_000;

/** Answers the trend of the portfolio with series of random walks. */
async function answerWithPoints(page: Page, times: number): Promise<void> {
  const begin = Date.now() - times * HOUR_MS;
  const series = Array.from({ length: SERIES }, (_, n) => {
    let total = 100 * (n + 1);
    return {
      __typename: "CostTrendSeries",
      key: `project-${n}`,
      isOther: false,
      currency: "USD",
      totals: Array.from({ length: times }, (_, hour) => {
        total += Math.random() - 0.5;
        return {
          __typename: "CostTrendTotal",
          start: new Date(begin + hour * HOUR_MS).toISOString(),
          total: total.toFixed(4),
          unpricedResourceCount: 0,
        };
      }),
    };
  });
  const body = JSON.stringify({ data: { costTrend: { series }, costAnomalies: [] } });
  await page.route("**/graphql", async (route) => {
    if (route.request().postDataJSON()?.operationName !== "PortfolioTrend") return route.continue();
    // The plot is drawn beside the totals, which are not measured here.
    while (!(await page.evaluate<boolean>("painted.totals > 0"))) await sleep(20);
    return route.fulfill({ contentType: "application/json", body });
  });
}
