import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { CHROMIUM_ARGS, chromiumPath } from "./chromium.ts";

/** The widths of the screens that the page is made for: a desktop and a telephone. */
export const WIDE = 1_400;
export const NARROW = 390;

/** The time in which an element must appear. */
const ACTION_TIMEOUT_MS = 15_000;

interface PageOptions {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  readonly javaScript?: boolean;
  /** The API token in the sessionStorage of the tab. */
  readonly token?: string;
  /** The console messages that the test provokes. All others are failures. */
  readonly expected?: RegExp;
}

/** A browser of a test file. */
export interface TestBrowser {
  /** Opens a page in a new profile. It is closed after the test, which fails when the page has written to its console. */
  open(url: string, options?: PageOptions): Promise<Page>;
}

/** A page without content, for a test that prepares more before it opens the page. */
export const BLANK = "about:blank";

/** Starts Chromium for the tests of a file. */
export function startBrowser(): TestBrowser {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const messages: string[] = [];
  beforeAll(async () => {
    const executablePath = chromiumPath();
    if (executablePath === undefined) throw new Error("Chromium is not installed.");
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(messages.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    async open(url, { width = WIDE, scheme = "light", javaScript = true, token, expected } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme: scheme,
        javaScriptEnabled: javaScript,
        reducedMotion: "reduce",
      });
      contexts.push(context);
      context.setDefaultTimeout(ACTION_TIMEOUT_MS);
      const report = (message: string) => {
        if (!expected?.test(message)) messages.push(message);
      };
      context.on("console", (message) => report(`${message.type()}: ${message.text()}`));
      context.on("weberror", (error) => report(`error: ${error.error().message}`));
      await context.addInitScript(REPORT_VIOLATIONS);
      if (token !== undefined) {
        await context.addInitScript(
          `sessionStorage.setItem("results-storage token", ${JSON.stringify(token)})`,
        );
      }
      const page = await context.newPage();
      await page.goto(url);
      if (javaScript && url !== BLANK) await settled(page);
      return page;
    },
  };
}

const REPORT_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.effectiveDirective + " " + event.blockedURI + " " + event.sample);
});`;

const IS_SETTLED = `document.querySelector("h1, .failure, .empty") !== null
  && document.querySelector(".skeleton, [aria-busy=true]") === null`;

/** Waits until nothing on the page is being loaded. */
export async function settled(page: Page): Promise<void> {
  let times = 0;
  // A screen whose first query is answered sends the next ones.
  while (times < 3) {
    times = (await page.evaluate<boolean>(IS_SETTLED)) ? times + 1 : 0;
    await sleep(20);
  }
}

/** Waits until a condition on the page holds; the test ends with its timeout otherwise. */
export async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/** Opens the route of a page that is open already. */
export async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(route)}`);
  await settled(page);
}

/** The time in which plots follow a new width of the window. */
const RESIZE_MS = 1_000;

/** The number of pixels by which the page is wider than its window, of this width. */
export async function overflowAt(page: Page, width: number): Promise<number> {
  await page.setViewportSize({ width, height: 900 });
  const deadline = Date.now() + RESIZE_MS;
  for (;;) {
    const overflow = await page.evaluate<number>(OVERFLOW);
    if (overflow === 0 || Date.now() > deadline) return overflow;
    await sleep(20);
  }
}

const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The findings of axe-core, each with its elements. Evaluated by the debugger, because the page permits no other script. */
export async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE};undefined`);
  return page.evaluate<string[]>(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`);
}

/** The rendered texts of elements, in one line each. */
export async function textsOf(elements: Locator): Promise<string[]> {
  return (await elements.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
}

/** A decimal of the API as the page shows it to an English reader: all digits, grouped, at least two after the point. */
export function shown(decimal: string, currency?: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ",");
  return `${sign}${grouped}.${fraction.padEnd(2, "0")}${currency === undefined ? "" : ` ${currency}`}`;
}
