import { beforeAll, describe, expect, it } from "vitest";
import {
  findingsOf,
  goTo,
  NARROW,
  overflowAt,
  shown,
  startBrowser,
  textsOf,
  WIDE,
} from "../support/browser.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();
const browser = startBrowser();

const LONG = `long/${"x".repeat(195)}`;
const RIGHT_TO_LEFT = "مشروع/التجارة";
const EMOJI = "team 🚀👩‍👩‍👧‍👦/shop";
const MARKUP = "<img src=x onerror=alert(1)>";
const NAMES = [LONG, RIGHT_TO_LEFT, EMOJI, MARKUP];

/** More digits than a double has. */
const MANY_DIGITS = "123456789012345678.90123456789";

/** A comparison and a job of each name. */
const routes: string[] = ["#/", "#/anomalies", "#/search?q=x", `#/search?q=${encodeURIComponent("<img")}`];

beforeAll(async () => {
  for (const name of NAMES) {
    const named = resource({
      resourceId: `aws_instance.${name}`,
      service: name.slice(0, 100),
      region: name.slice(0, 60),
      tags: { [name.slice(0, 60)]: name },
    });
    const input = {
      project: name,
      branch: "main",
      commitMessage: name,
      pullRequestTitle: name,
      runId: name,
      labels: { [name.slice(0, 60)]: name },
    };
    const base = await store(service, { ...input, estimate: estimate({ byResource: [named] }) });
    const target = await store(service, {
      ...input,
      estimate: estimate({
        totalMonthlyCost: "25.50",
        byResource: [
          named,
          resource({ resourceId: `${name}.second`, totalMonthlyCost: "15.50", computeCost: "15.50" }),
        ],
        warnings: [{ code: "ESTIMATOR", message: name }],
      }),
    });
    const object = encodeURIComponent(name);
    routes.push(`#/p/${object}`, `#/j/${target}`, `#/c/${base}...${target}`, `#/run/${object}`);
  }
  const unknown = resource({ totalMonthlyCost: null, computeCost: null });
  await store(service, {
    project: "unknown",
    branch: "main",
    estimate: estimate({ totalMonthlyCost: "0", currency: "JPY", byResource: [unknown] }),
  });
  await store(service, {
    project: "digits",
    branch: "main",
    estimate: estimate({
      totalMonthlyCost: MANY_DIGITS,
      currency: "EUR",
      byResource: [resource({ totalMonthlyCost: MANY_DIGITS, computeCost: MANY_DIGITS })],
    }),
  });
  const credit = { totalMonthlyCost: "-1234.5", computeCost: "-1234.5" };
  const negative = await store(service, {
    project: "credits",
    branch: "main",
    estimate: estimate({ totalMonthlyCost: "-1234.5", currency: "GBP", byResource: [resource(credit)] }),
  });
  const [none] = [
    await store(service, {
      project: "empty",
      branch: "main",
      estimate: estimate({ totalMonthlyCost: "0", currency: "CHF", byResource: [] }),
    }),
  ];
  routes.push(
    "#/p/unknown",
    "#/p/digits",
    "#/p/credits",
    `#/j/${negative}`,
    "#/?currency=JPY",
    "#/?currency=GBP",
    `#/j/${none}`,
  );
});

describe("Names of 200 characters, of right-to-left scripts, of emoji and of markup", () => {
  it("fit on every screen, with no finding of axe, no message and no element of their own", async () => {
    const page = await browser.open(service.url);
    const found: Record<string, unknown> = {};
    for (const route of routes) {
      await goTo(page, route);
      found[route] = [
        await overflowAt(page, WIDE),
        await overflowAt(page, NARROW),
        await page.locator("main img").count(),
        ...(await findingsOf(page)),
      ];
    }
    expect(found).toEqual(Object.fromEntries(routes.map((route) => [route, [0, 0, 0]])));
  });

  it("are shown as they were stored", async () => {
    const page = await browser.open(service.url);
    const names = await textsOf(page.getByRole("region", { name: "Projects" }).locator("tbody th"));
    expect(names).toEqual(expect.arrayContaining(NAMES));
  });
});

describe("Amounts", () => {
  it("have all digits, are never added up over currencies, and are negative where they are", async () => {
    const page = await browser.open(service.url);
    const totals = await textsOf(page.locator(".currency-card .big"));
    expect(totals).toEqual(
      expect.arrayContaining([shown(MANY_DIGITS, "EUR"), "-1,234.50 GBP", "102.00 USD", "0.00 CHF"]),
    );
    expect(totals).toHaveLength(5);
  });

  it("that are unknown are never zero", async () => {
    const page = await browser.open(`${service.url}/#/?currency=JPY`);
    expect(await textsOf(page.getByRole("region", { name: "Total in JPY" }).locator(".big"))).toEqual([
      "unknown JPY",
    ]);
    await goTo(page, "#/p/unknown");
    const amounts = await textsOf(page.locator("main .amount"));
    expect(amounts.length).toBeGreaterThan(1);
    expect(amounts.filter((text) => !text.startsWith("unknown"))).toEqual([]);
  });
});
