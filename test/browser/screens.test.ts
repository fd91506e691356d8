import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { demoHistory } from "../../tools/demo-history.ts";
import {
  findingsOf,
  goTo,
  NARROW,
  overflowAt,
  settled,
  shown,
  startBrowser,
  textsOf,
  untilTrue,
  WIDE,
} from "../support/browser.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
const browser = startBrowser();

const RUN_ID = "github/acme/infrastructure/9041";

/** The newest jobs of the shop on its default branch. */
let jobs: { id: string; previous: { id: string } }[];
/** A route of each screen, with its heading. */
let routes: [route: string, heading: string][];

beforeAll(async () => {
  for (const input of demoHistory(new Date())) await store(service, input);
  const { data } = await service.query(
    `{ jobs(first: 2, filter: { project: "acme/shop", isDefaultBranch: true }) { nodes { id previous { id } } } }`,
  );
  jobs = data.jobs.nodes;
  routes = [
    ["#/", "Portfolio"],
    ["#/p/acme/shop", "acme/shop"],
    [`#/j/${jobs[0]?.id}`, "acme/shop"],
    [`#/c/${jobs[0]?.previous.id}...${jobs[0]?.id}`, "Comparison"],
    [`#/run/${RUN_ID}`, "Larger database for the winter sale"],
    ["#/anomalies", "Anomalies"],
    ["#/search?q=shop", "Search"],
  ];
});

/** Opens each screen in one page, and returns the findings of a check for each of them. */
async function onEachScreen<Found>(page: Page, check: () => Promise<Found>): Promise<Record<string, Found>> {
  const found: Record<string, Found> = {};
  for (const [route, heading] of routes) {
    await goTo(page, route);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    found[route] = await check();
  }
  return found;
}

/** The same value for each screen. */
function forEachScreen<Value>(value: Value): Record<string, Value> {
  return Object.fromEntries(routes.map(([route]) => [route, value]));
}

describe("Each screen", () => {
  it.each([
    ["light", WIDE, "on a desktop"],
    ["dark", NARROW, "on a telephone"],
  ] as const)(
    "has no finding of axe in the %s theme, and fits %i pixels, %s",
    async (scheme, width, _device) => {
      const page = await browser.open(service.url, { scheme, width });
      const check = async () => [await overflowAt(page, width), ...(await findingsOf(page))];
      expect(await onEachScreen(page, check)).toEqual(forEachScreen([0]));
    },
  );

  it("is the same by its link in a new tab, and after a reload", async () => {
    const page = await browser.open(service.url);
    const screens = await onEachScreen(page, () => textsOf(page.locator("main")));
    for (const [route] of routes) {
      const tab = await page.context().newPage();
      await tab.goto(`${service.url}/${route}`);
      await settled(tab);
      expect(withoutTimes(await textsOf(tab.locator("main")))).toEqual(withoutTimes(screens[route]));
      await tab.reload();
      await settled(tab);
      expect(withoutTimes(await textsOf(tab.locator("main")))).toEqual(withoutTimes(screens[route]));
      await tab.close();
    }
  });

  it("is shown again by back and forward", async () => {
    const page = await browser.open(`${service.url}/`);
    await onEachScreen(page, async () => undefined);
    const heading = () => textsOf(page.getByRole("heading", { level: 1 }));
    for (const [, expected] of routes.toReversed().slice(1)) {
      await page.goBack();
      await settled(page);
      expect(await heading()).toEqual([expected]);
    }
    for (const [, expected] of routes.slice(1)) {
      await page.goForward();
      await settled(page);
      expect(await heading()).toEqual([expected]);
    }
  });
});

/** The portfolio shows the minute of its query. */
function withoutTimes(texts: readonly string[] = []): string[] {
  return texts.map((text) => text.replace(/\d+:\d+\s[AP]M/g, ""));
}

describe("The page", () => {
  it("has at most 60 KB of JavaScript and 8 KB of CSS, compressed, all files of / together", async () => {
    const page = await browser.open(service.url);
    const urls = await page.evaluate<string[]>(
      `performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /\\.(js|css)$/.test(name))`,
    );
    const sizes = await Promise.all(
      urls.map(async (url) => {
        const content = await (await fetch(url)).arrayBuffer();
        return { isStyle: url.endsWith(".css"), bytes: gzipSync(content, { level: 9 }).length };
      }),
    );
    const sum = (isStyle: boolean) =>
      sizes.reduce((total, size) => total + (size.isStyle === isStyle ? size.bytes : 0), 0);
    expect(sum(false)).toBeGreaterThan(20_000);
    expect(sum(false)).toBeLessThanOrEqual(60_000);
    expect(sum(true)).toBeGreaterThan(2_000);
    expect(sum(true)).toBeLessThanOrEqual(8_000);
  });
});

describe("The portfolio", () => {
  it("shows the exact total of each currency, with unknown costs beside it", async () => {
    const { data } = await service.query(
      "{ portfolio { totals { currency totalMonthlyCost unpricedResourceCount unsupportedResourceCount } } }",
    );
    expect(data.portfolio.totals).toHaveLength(2);
    const page = await browser.open(service.url);
    for (const total of data.portfolio.totals) {
      const unknown = total.unpricedResourceCount + total.unsupportedResourceCount > 0 ? " + unknown" : "";
      const card = page.getByRole("region", { name: `Total in ${total.currency}` });
      expect(await textsOf(card.locator(".big"))).toEqual([
        `${shown(total.totalMonthlyCost, total.currency)}${unknown}`,
      ]);
    }
  });

  it("shows the exact totals of the projects, in the order of the API", async () => {
    const { data } = await service.query(
      "{ projects(orderBy: TOTAL_MONTHLY_COST_DESC) { nodes { name totals { currency totalMonthlyCost } } } }",
    );
    const page = await browser.open(service.url);
    const rows = page.getByRole("region", { name: "Projects" }).locator("tbody tr");
    expect(await textsOf(rows.locator("th"))).toEqual(
      data.projects.nodes.map(({ name }: { name: string }) => name),
    );
    const amounts = await textsOf(rows.locator("td:nth-child(2)"));
    for (const [i, { totals }] of data.projects.nodes.entries()) {
      const { totalMonthlyCost, currency } = totals[0];
      expect(amounts[i]?.replace(" + unknown", "")).toBe(shown(totalMonthlyCost, currency));
    }
  });

  it("draws the trend, and has a table with the exact amounts of its query", async () => {
    const page = await browser.open(service.url, { scheme: "dark" });
    const response = page.waitForResponse(
      (one) => one.request().postDataJSON()?.operationName === "PortfolioTrend",
    );
    await page.reload();
    const { data } = await (await response).json();
    await settled(page);
    const plot = page.locator("figure.plot").first();
    await plot.locator("summary").click();
    const series = data.costTrend.series.filter(({ currency }: { currency: string }) => currency === "USD");
    const headings = await textsOf(plot.locator("thead th"));
    const cells = await textsOf(plot.locator("tbody td"));
    expect(headings).toEqual(["Interval", ...series.map(({ key }: { key: string }) => key)]);
    const expected = series[0].totals.map((_: unknown, i: number) =>
      series.map(({ totals }: { totals: { total: string | null }[] }) => {
        const total = totals[i]?.total;
        return total === null || total === undefined ? "" : shown(total, "USD");
      }),
    );
    expect(cells.map((cell) => cell.replace(" + unknown", ""))).toEqual(expected.flat());
    expect(cells.length).toBeGreaterThan(200);
    // The colour of the first series and of the labels of the axes in the dark theme, on a canvas.
    expect(await colorsOf(page)).toMatchObject({ "4fd1bf": true, "9fb0ac": true, "000000": false });
  });

  it("keeps the currency, the groups and the sort order in its link", async () => {
    const page = await browser.open(service.url);
    await page.getByRole("navigation", { name: "Currency" }).getByText("EUR").click();
    await page.getByRole("combobox", { name: "by" }).selectOption("Region");
    await page.getByRole("link", { name: "Project", exact: true }).click();
    await settled(page);
    const params = new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
    expect(Object.fromEntries(params)).toEqual({ currency: "EUR", by: "region", sort: "name" });
    expect(await textsOf(page.locator(".bars .grow"))).toEqual(["europe-west4"]);
  });
});

/** Whether some colours are on the first canvas of a page. */
function colorsOf(page: Page): Promise<Record<string, boolean>> {
  return page.evaluate<Record<string, boolean>>(`(() => {
    const canvas = document.querySelector("figure.plot canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = { "4fd1bf": false, "9fb0ac": false, "000000": false };
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] !== 255) continue;
      const color = [data[i], data[i + 1], data[i + 2]].map((part) => part.toString(16).padStart(2, "0")).join("");
      if (color in found) found[color] = true;
    }
    return found;
  })()`);
}

describe("A project", () => {
  it("shows the exact totals of its jobs, and their changes", async () => {
    const { data } = await service.query(
      `{ jobs(first: 20, filter: { project: "acme/shop", profile: PROD }) {
        nodes { totalMonthlyCost currency change { delta } }
      } }`,
    );
    const page = await browser.open(`${service.url}/#/p/acme/shop`);
    const rows = page.getByRole("region", { name: "Jobs" }).locator("tbody tr");
    type Row = { totalMonthlyCost: string; currency: string; change: { delta: string } | null };
    expect(await textsOf(rows.locator("td:nth-child(4)"))).toEqual(
      data.jobs.nodes.map(({ totalMonthlyCost, currency }: Row) => shown(totalMonthlyCost, currency)),
    );
    expect(
      (await textsOf(rows.locator("td:nth-child(5) .amount"))).map((text) => text.replace("+", "")),
    ).toEqual(data.jobs.nodes.flatMap(({ change }: Row) => (change === null ? [] : shown(change.delta))));
  });

  it("marks the step and the spike, with links to their jobs", async () => {
    const page = await browser.open(`${service.url}/#/p/acme/shop`);
    await page.getByText("events").click();
    expect(await page.locator("details a").count()).toBeGreaterThanOrEqual(2);
  });
});

describe("A job", () => {
  it("shows its total, its services and its resources to the last digit", async () => {
    const id = jobs[0]?.id;
    const { data } = await service.query(
      `query ($id: ID!) { job(id: $id) { totalMonthlyCost services { service totalMonthlyCost }
        resources { nodes { resourceId totalMonthlyCost } } } }`,
      { id },
    );
    const page = await browser.open(`${service.url}/#/j/${id}`);
    expect(await textsOf(page.locator(".card .big").first())).toEqual([
      shown(data.job.totalMonthlyCost, "USD"),
    ]);
    const services = page.getByRole("region", { name: "Costs of the services" }).locator("tbody tr");
    type Service = { service: string; totalMonthlyCost: string };
    expect(await textsOf(services.locator("th"))).toEqual(
      data.job.services.map(({ service }: Service) => service),
    );
    expect(await textsOf(services.locator("td:nth-child(2)"))).toEqual(
      data.job.services.map(({ totalMonthlyCost }: Service) => shown(totalMonthlyCost)),
    );
    const resources = page.getByRole("region", { name: "Resources" }).locator("tbody tr");
    type Resource = { resourceId: string; totalMonthlyCost: string };
    expect(await textsOf(resources.locator("td:nth-child(2)"))).toEqual(
      data.job.resources.nodes.map(({ totalMonthlyCost }: Resource) => shown(totalMonthlyCost)),
    );
    expect(await page.locator("svg.treemap rect, .treemap rect").count()).toBeGreaterThan(3);
  });
});

describe("A comparison", () => {
  it("has a waterfall whose exact steps lead from the base to the target", async () => {
    const [job] = jobs;
    const { data } = await service.query(
      `query ($base: ID!, $target: ID!) { compareJobs(baseJobId: $base, targetJobId: $target) {
        delta base { totalMonthlyCost } target { totalMonthlyCost }
      } }`,
      { base: job?.previous.id, target: job?.id },
    );
    const { base, target, delta } = data.compareJobs;
    const page = await browser.open(`${service.url}/#/c/${job?.previous.id}...${job?.id}`);
    const amounts = await textsOf(page.locator(".waterfall .amount"));
    expect(amounts.at(0)).toBe(shown(base.totalMonthlyCost, "USD"));
    expect(amounts.at(-1)).toBe(shown(target.totalMonthlyCost, "USD"));
    const cents = (text: string) =>
      BigInt(text.replace(/[^\d.-]/g, "").replace(/\.(\d*)$/, (_, digits) => digits.padEnd(6, "0")));
    const sum = amounts.slice(1, -1).reduce((total, text) => total + cents(text), 0n);
    expect(sum).toBe(cents(shown(delta)));
    await page.getByRole("link", { name: "By cause" }).click();
    await settled(page);
    const causes = await textsOf(page.locator(".waterfall .amount"));
    expect(causes.slice(1, -1).reduce((total, text) => total + cents(text), 0n)).toBe(sum);
  });
});

describe("A pull request", () => {
  it("shows the exact difference of each project from the default branch", async () => {
    const { data } = await service.query(
      `query ($run: String!) { comparePortfolios(target: { filter: { runId: $run } }) {
        totals { currency delta } pairs(first: 10) { nodes { project delta } }
      } }`,
      { run: RUN_ID },
    );
    const page = await browser.open(`${service.url}/#/run/${RUN_ID}`);
    const rows = page.getByRole("region", { name: "Projects of the run" }).locator("tbody tr");
    const { pairs, totals } = data.comparePortfolios;
    expect(await textsOf(rows.locator("td:nth-child(2) .amount"))).toEqual(
      pairs.nodes.map(({ delta }: { delta: string }) => `+${shown(delta, "USD")}`),
    );
    expect(pairs.nodes).toHaveLength(2);
    expect(await textsOf(page.locator(".big .amount"))).toEqual([`+${shown(totals[0].delta, "USD")}`]);
  });
});

describe("The anomalies", () => {
  it("are those of the API, with their exact totals and expectations", async () => {
    const { data } = await service.query(
      "{ costAnomalies { expected job { project totalMonthlyCost currency } } }",
    );
    const page = await browser.open(`${service.url}/#/anomalies`);
    const cards = page.getByRole("article");
    expect(await cards.count()).toBe(data.costAnomalies.length);
    for (const [i, { expected, job }] of data.costAnomalies.entries()) {
      const [total, usual] = await textsOf(cards.nth(i).locator(".amount"));
      expect([total, usual]).toEqual([
        shown(job.totalMonthlyCost, job.currency),
        shown(expected, job.currency),
      ]);
    }
  });
});

describe("The search", () => {
  it("finds a project, a commit, a pull request and a resource from the box of every screen", async () => {
    const page = await browser.open(`${service.url}/#/anomalies`);
    for (const [text, title] of [
      ["acme/sh", "Projects"],
      ["4f9c2d81", "Commits"],
      ["winter sale", "Pull requests"],
      ["aws_nat_gateway", "Resources"],
    ] as const) {
      await page.getByRole("searchbox").fill(text);
      await page.keyboard.press("Enter");
      await settled(page);
      await page.getByRole("heading", { level: 2, name: title }).waitFor();
    }
    await page.locator("main a").first().click();
    await untilTrue(async () => new URL(page.url()).hash.startsWith("#/j/"));
    await settled(page);
  });
});

describe("By keyboard", () => {
  it("the skip link, the menu, a project and its jobs are reached, each with a visible focus", async () => {
    const page = await browser.open(service.url);
    await page.keyboard.press("Tab");
    expect(await focusOf(page)).toMatchObject({ text: "Skip to the content", isVisible: true });
    await page.keyboard.press("Enter");
    expect(await focusOf(page)).toMatchObject({ tag: "MAIN" });
    await tabTo(page, async () => {
      const { href, region } = await focusOf(page);
      return href === "#/p/acme/shop" && region === "Projects";
    });
    await page.keyboard.press("Enter");
    await settled(page);
    // The new screen has the focus, so that a screen reader reads it.
    expect(await focusOf(page)).toMatchObject({ tag: "MAIN" });
    await tabTo(page, async () => (await focusOf(page)).href.startsWith("#/j/"));
    await page.keyboard.press("Enter");
    await settled(page);
    expect(new URL(page.url()).hash).toMatch(/^#\/j\//);
  });

  it("the values of a plot are read with the arrow keys, to the last digit", async () => {
    const page = await browser.open(`${service.url}/#/p/acme/shop`);
    const plot = page.getByRole("img", { name: /^Cost per month, USD/ });
    await plot.focus();
    await page.keyboard.press("End");
    const tooltip = page.locator(".tooltip");
    const { data } = await service.query(
      `{ jobs(first: 1, filter: { project: "acme/shop", isDefaultBranch: true }) { nodes { totalMonthlyCost } } }`,
    );
    expect(await textsOf(tooltip.locator(".amount"))).toEqual([shown(data.jobs.nodes[0].totalMonthlyCost)]);
    const last = await textsOf(tooltip.locator("strong"));
    await page.keyboard.press("ArrowLeft");
    expect(await textsOf(tooltip.locator("strong"))).not.toEqual(last);
    await page.keyboard.press("Escape");
    expect(await tooltip.count()).toBe(0);
  });

  it("every element that takes the focus shows it", async () => {
    const page = await browser.open(service.url);
    const hidden: string[] = [];
    await tabTo(page, async () => {
      const { tag, text, isVisible } = await focusOf(page);
      if (!isVisible) hidden.push(`${tag} ${text}`);
      return text === "OpenAPI";
    });
    expect(hidden).toEqual([]);
  });
});

interface Focus {
  readonly tag: string;
  readonly text: string;
  readonly href: string;
  /** The name of the region that it is in. */
  readonly region: string;
  /** Whether it is drawn in the window, with an outline. */
  readonly isVisible: boolean;
}

function focusOf(page: Page): Promise<Focus> {
  return page.evaluate<Focus>(`(() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { width, height, left, top } = element.getBoundingClientRect();
    return {
      tag: element.tagName,
      text: element.textContent.trim(),
      href: element.getAttribute("href") ?? "",
      region: element.closest("section[aria-label]")?.getAttribute("aria-label") ?? "",
      // The button in a field of a date shows the focus itself.
      isVisible: (element.type === "date" || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)) && width > 0 && height > 0
        && left >= 0 && left < innerWidth && top >= 0 && top < innerHeight,
    };
  })()`);
}

/** Presses Tab until a condition holds, at most 200 times. */
async function tabTo(page: Page, isReached: () => Promise<boolean>): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press("Tab");
    if (await isReached()) return;
  }
  throw new Error("The element is not reached with the Tab key.");
}
