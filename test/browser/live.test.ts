import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { settled, startBrowser, textsOf } from "../support/browser.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

const ENVIRONMENT = { SEAL_INTERVAL_SECONDS: "1" };
const service = startService(ENVIRONMENT);
const browser = startBrowser();

/** Another server on the same database. */
let other: Awaited<ReturnType<typeof createApp>>;
/** A balancer in front of the service. */
let proxy: TcpProxy;
const portOf = (url: string) => Number(new URL(url).port);
const proxyUrl = () => `http://127.0.0.1:${proxy.port}`;

beforeAll(async () => {
  const config = readConfig({ PORT: "0", DATABASE_URL: service.databaseUrl, AUTH: "none", ...ENVIRONMENT });
  other = await createApp(config, service.databaseUrl, pino({ level: "silent" }));
  proxy = await startTcpProxy(portOf(service.url));
});
afterAll(async () => {
  await proxy.close();
  await other.close();
});

/** The console has a line for each request of a lost connection. */
const LOST = /^error: Failed to load resource: net::ERR_/;

/** Stores an estimate of a project, of a whole number of dollars. */
function storeCost(project: string, dollars: number): Promise<string> {
  const cost = `${dollars}.00`;
  return store(service, {
    project,
    branch: "main",
    estimate: estimate({
      totalMonthlyCost: cost,
      byResource: [resource({ totalMonthlyCost: cost, computeCost: cost })],
    }),
  });
}

describe("An open page", () => {
  it("shows the first stored job of an empty database, and the next one without a jump", async () => {
    const page = await browser.open(service.url);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByText("No estimates yet").waitFor();
    await storeCost("first", 10);
    await page.getByRole("region", { name: "Total in USD" }).getByText("10.00").waitFor();
    await settled(page);
    await page.evaluate("scrollTo(0, 200)");
    await page.evaluate(WATCH);
    await storeCost("first", 20);
    await page.getByRole("region", { name: "Total in USD" }).getByText("20.00").waitFor();
    expect(
      await page.evaluate(`({ skeletons: watched.skeletons, heights: [...watched.heights], top: scrollY })`),
    ).toEqual({
      skeletons: 0,
      heights: [expect.any(Number)],
      top: expect.any(Number),
    });
    expect(await page.evaluate<number>("scrollY")).toBeGreaterThan(0);
  });

  it("of a project shows its jobs, and no request follows a job of another project", async () => {
    await storeCost("mine", 1);
    const page = await browser.open(`${service.url}/#/p/mine`);
    await page.getByText("Live", { exact: true }).waitFor();
    await settled(page);
    const operations: string[] = [];
    page.on("request", (request) => operations.push(request.postDataJSON()?.operationName));
    await storeCost("other", 1);
    await storeCost("mine", 7);
    await page.locator("p.big").getByText("7.00").waitFor();
    await settled(page);
    expect(operations.toSorted()).toEqual(["Project", "ProjectHistory", "ProjectJobs"]);
    const rows = page.getByRole("region", { name: "Jobs" }).locator("tbody tr");
    expect(await textsOf(rows.locator("td:nth-child(4)"))).toEqual(["7.00 USD", "1.00 USD"]);
  });

  it("that loses its connection says so, and shows after its recovery what was stored meanwhile", async () => {
    const page = await browser.open(`${proxyUrl()}/#/p/lost`, { expected: LOST });
    await page.getByText("Live", { exact: true }).waitFor();
    proxy.cut();
    await page.getByText("Connection lost").waitFor();
    await storeCost("lost", 3);
    proxy.mend();
    await page.locator("p.big").getByText("3.00").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
  });

  it("continues at another server when its own ends", async () => {
    const page = await browser.open(`${proxyUrl()}/#/p/moved`, { expected: LOST });
    await page.getByText("Live", { exact: true }).waitFor();
    proxy.aim(portOf(other.url));
    await page.getByText("Connection lost").waitFor();
    await storeCost("moved", 5);
    await page.locator("p.big").getByText("5.00").waitFor();
  });
});

/** Records the skeletons and the heights of the page from now on. */
const WATCH = `(() => {
  globalThis.watched = { skeletons: 0, heights: new Set([document.documentElement.scrollHeight]) };
  new MutationObserver(() => {
    watched.skeletons += document.querySelectorAll(".skeleton").length;
    watched.heights.add(document.documentElement.scrollHeight);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})()`;
