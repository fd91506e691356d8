import { describe, expect, it } from "vitest";
import {
  BLANK,
  findingsOf,
  goTo,
  NARROW,
  overflowAt,
  settled,
  startBrowser,
  textsOf,
  untilTrue,
} from "../support/browser.ts";
import { startService } from "../support/service.ts";

const service = startService();
const browser = startBrowser();

/** Browsers report failed requests in the console. */
const FAILED = /^error: Failed to load resource/;

describe("An empty database", () => {
  it("shows the command that stores the first estimate, and has no finding of axe", async () => {
    const page = await browser.open(service.url, { width: NARROW });
    expect(await textsOf(page.locator("main"))).toEqual([expect.stringContaining("No estimates yet")]);
    expect(await textsOf(page.locator("main pre"))).toEqual([
      expect.stringContaining("results-storage push infracost.json"),
    ]);
    expect(await findingsOf(page)).toEqual([]);
    expect(await overflowAt(page, NARROW)).toBe(0);
  });

  it("is explained on every screen", async () => {
    const id = "00000000-0000-4000-8000-000000000000";
    const page = await browser.open(service.url, { expected: FAILED });
    for (const [route, text] of [
      ["#/p/none", "No job of this project"],
      [`#/j/${id}`, "This job does not exist"],
      [`#/c/${id}...${id}`, "NOT_FOUND"],
      ["#/run/none", "No job of this run"],
      ["#/anomalies", "No anomalies"],
      ["#/search?q=none", "Nothing found"],
      ["#/nowhere", "This page does not exist"],
    ] as const) {
      await goTo(page, route);
      expect(await textsOf(page.locator("main"))).toEqual([expect.stringContaining(text)]);
    }
  });

  it("says that live updates are off, because no server seals jobs", async () => {
    const page = await browser.open(service.url);
    await page.getByText("Live updates are off").waitFor();
  });
});

describe("A server that is not available", () => {
  it("with status 503: the page shows the code and the advice, and loads when the server answers again", async () => {
    const page = await browser.open(service.url, { expected: FAILED });
    // The first event of the stream would load the page again, too.
    await page.route("**/graphql/stream", (route) => route.fulfill({ status: 503, body: "" }));
    await page.route("**/graphql", (route) => route.fulfill({ status: 503, body: "" }));
    await page.reload();
    await settled(page);
    const failure = page.getByRole("alert").first();
    expect(await textsOf(failure)).toEqual([expect.stringMatching(/^HTTP_503 .*Retry in a moment/)]);
    expect(await findingsOf(page)).toEqual([]);
    await page.unroute("**/graphql");
    await failure.getByRole("button", { name: "Try again" }).click();
    await page.getByText("No estimates yet").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("down: the page says that it does not answer, and screens whose script is not loaded too", async () => {
    const page = await browser.open(service.url, { expected: FAILED });
    await page.route("**/*", (route) => route.abort("connectionrefused"));
    await page.evaluate('location.hash = "#/p/other"');
    await page.getByText("The server does not answer").first().waitFor();
  });

  it("keeps the data that it has shown above the failure", async () => {
    const page = await browser.open(`${service.url}/#/anomalies`, { expected: FAILED });
    await page.route("**/graphql", (route) => route.abort("connectionrefused"));
    await page.getByRole("combobox").selectOption("Many");
    await page.getByText("NO_CONNECTION").waitFor();
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("No anomalies").waitFor();
  });
});

describe("A browser without JavaScript", () => {
  it("shows a line that says so", async () => {
    const page = await browser.open(service.url, { javaScript: false });
    expect(await textsOf(page.locator("noscript, noscript p").last())).toEqual([
      expect.stringContaining("This page needs JavaScript"),
    ]);
  });
});

describe("The page", () => {
  it("is compressed, and its files are cached forever", async () => {
    const html = await (await fetch(`${service.url}/`)).text();
    const [script = ""] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
    const response = await fetch(`${service.url}${script}`, { headers: { "accept-encoding": "gzip" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(response.headers.get("cache-control")).toContain("immutable");
  });

  it("links to the explorer, the sandbox and the OpenAPI document", async () => {
    const page = await browser.open(service.url);
    const links = page.locator("footer a");
    const paths = await Promise.all((await links.all()).map((link) => link.getAttribute("href")));
    expect(paths).toEqual(["/explorer", "/graphql", "/api/v1/openapi.json"]);
    for (const path of paths) {
      const { status } = await fetch(`${service.url}${path}`, { headers: { accept: "text/html, */*" } });
      expect(status).toBe(200);
    }
  });
});

describe("The explorer", () => {
  it("works without internet, and sends a query", async () => {
    const page = await browser.open(BLANK);
    const elsewhere: string[] = [];
    await page.route(/.*/, (route) => {
      if (new URL(route.request().url()).origin === service.url) return route.continue();
      elsewhere.push(route.request().url());
      return route.abort();
    });
    await page.goto(`${service.url}/explorer`);
    // The button does nothing before the editor has the query.
    await page.locator(".graphiql-editors").getByText("NewestEstimates").first().waitFor();
    await page.getByRole("button", { name: /Execute query/ }).click();
    await untilTrue(async () =>
      (await textsOf(page.locator(".result-window"))).join().includes('"totalCount": 0'),
    );
    expect(elsewhere).toEqual([]);
  });
});
