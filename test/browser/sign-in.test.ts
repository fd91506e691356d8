import { beforeAll, describe, expect, it } from "vitest";
import { createToken, withToken } from "../access/tokens.ts";
import { findingsOf, NARROW, overflowAt, settled, startBrowser, textsOf } from "../support/browser.ts";
import { store } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

let bound: string;
let all: string;
const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      all = await createToken(url);
      bound = await createToken(url, { name: "shop reader", scope: "read", projects: ["shop", "shop/*"] });
    },
  },
);
const browser = startBrowser();

/** The console has a line for each refused request. */
const REFUSED = /^error: Failed to load resource: .* 401/;

beforeAll(async () => {
  await store(withToken(service, all), { project: "shop", branch: "main" });
  await store(withToken(service, all), { project: "secret", branch: "main" });
});

describe("With AUTH=tokens, the page", () => {
  it("asks for a token, and explains the command that creates one", async () => {
    const page = await browser.open(service.url, { width: NARROW, expected: REFUSED });
    expect(await textsOf(page.getByRole("heading", { level: 1 }))).toEqual(["Sign in"]);
    expect(await textsOf(page.locator("main pre"))).toEqual([
      expect.stringContaining("results-storage token create"),
    ]);
    expect(await findingsOf(page)).toEqual([]);
    expect(await overflowAt(page, NARROW)).toBe(0);
  });

  it("refuses a wrong token with a reason, and accepts a valid one at the same link", async () => {
    const page = await browser.open(`${service.url}/#/p/shop`, { expected: REFUSED });
    for (const wrong of ["rsto_wrong", "two words"]) {
      await page.getByLabel("API token").fill(wrong);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText(/token/).waitFor();
    }
    await page.getByLabel("API token").fill(bound);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "shop" }).waitFor();
    await settled(page);
    expect(new URL(page.url()).hash).toBe("#/p/shop");
    expect(await page.context().cookies()).toEqual([]);
    // A new tab has no token: it is in the sessionStorage of this one.
    const tab = await page.context().newPage();
    await tab.goto(service.url);
    await tab.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  });

  it("shows the name, the scope and the projects of the token, and only what it sees; then it signs out", async () => {
    const page = await browser.open(service.url, { expected: REFUSED });
    await page.getByLabel("API token").fill(bound);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Portfolio" }).waitFor();
    await settled(page);
    expect(await textsOf(page.getByRole("region", { name: "Projects" }).locator("tbody th"))).toEqual([
      "shop",
    ]);
    await page.getByRole("button", { name: "shop reader" }).click();
    expect(await textsOf(page.getByRole("dialog").locator("dd"))).toEqual([
      "shop reader",
      "read: queries and exports",
      "shop shop/*",
    ]);
    expect(await findingsOf(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.reload();
    await settled(page);
    await page.getByRole("button", { name: "shop reader" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    expect(await page.evaluate<number>("sessionStorage.length")).toBe(0);
  });
});
