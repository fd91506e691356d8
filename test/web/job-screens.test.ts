import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortAddress, treemapGroups } from "../../web/src/charts/cost-treemap.tsx";
import { treemap } from "../../web/src/charts/treemap.tsx";
import { stepsByCause, stepsByKind } from "../../web/src/parts/attribution.ts";
import { webUrl } from "../../web/src/parts/external-link.tsx";
import { pageOf } from "../../web/src/parts/pager.tsx";
import { pageOfRow } from "../../web/src/screens/compare/changes.tsx";
import { parsePair } from "../../web/src/screens/compare/compare.tsx";
import { resourceFilter } from "../../web/src/screens/job/job-resources.tsx";

describe("A link to another site", () => {
  it.each([
    ["https://github.com/acme/shop/pull/7", "https://github.com/acme/shop/pull/7"],
    ["http://jenkins.local/job/1", "http://jenkins.local/job/1"],
    ["javascript:alert(1)", undefined],
    ["JavaScript:alert(1)", undefined],
    ["data:text/html,<script>alert(1)</script>", undefined],
    ["/relative", undefined],
    ["", undefined],
    [null, undefined],
  ])("of %j is %j", (url, link) => {
    expect(webUrl(url)).toBe(link);
  });
});

describe("The tiles of a job", () => {
  const service = (name: string, total: string, resourceCount: number) => ({
    service: name,
    totalMonthlyCost: total,
    resourceCount,
  });
  const resource = (id: string, cost: string | null, of = "EC2") => ({
    id,
    resourceId: id,
    service: of,
    totalMonthlyCost: cost,
  });

  it("are its services with their known costs above zero, and the rest of their totals", () => {
    const resources = [resource("a", "60"), resource("b", "-5"), resource("c", null)];
    expect(treemapGroups([service("EC2", "100", 9)], resources)).toEqual([
      {
        service: "EC2",
        total: "100",
        weight: 100,
        items: [
          { key: "a", label: "a", amount: "60", weight: 60 },
          { key: "rest", label: "6 more", amount: null, weight: 40 },
        ],
      },
    ]);
  });

  it("include a resource whose service has a lower total, because of credits", () => {
    const [group] = treemapGroups([service("EC2", "-10", 2)], [resource("a", "20"), resource("b", "-30")]);
    expect(group).toMatchObject({ weight: 20, items: [{ key: "a" }] });
  });

  it("lie within the area and have finite sides, whatever the weights", () => {
    // A decimal has at most 20 integer digits, and fewer fraction digits than the smallest doubles.
    const amount = fc
      .double({ noNaN: true, min: -1e20, max: 1e20 })
      .filter((value) => Math.abs(value) > 1e-30);
    const weights = fc.array(fc.oneof(amount, fc.constantFrom(1e-12, 1e9, 0, -1)));
    fc.assert(
      fc.property(weights, (items) => {
        const tiles = treemap(items, (weight) => weight, { x: 0, y: 0, width: 300, height: 100 });
        for (const { x, y, width, height } of tiles) {
          expect(width > 0 && height > 0).toBe(true);
          expect(x >= -1e-6 && y >= -1e-6 && x + width <= 300.001 && y + height <= 100.001).toBe(true);
        }
      }),
    );
  });

  it("are none in an area without a width", () => {
    expect(treemap([1, 2], (weight) => weight, { x: 0, y: 0, width: 0, height: 100 })).toEqual([]);
  });

  it.each([
    ["aws_instance.web[0]", "web[0]"],
    ['module.a["x.y"].module.b[2].aws_db_instance.main', "main"],
    ["data.aws_ami.linux", "linux"],
    ["AWS::EC2::Instance/web", "AWS::EC2::Instance/web"],
    ["<img onerror>", "<img onerror>"],
  ])("name %j as %j", (address, name) => {
    expect(shortAddress(address)).toBe(name);
  });
});

describe("The filter of resources", () => {
  it("is empty without parameters", () => {
    expect(resourceFilter(new URLSearchParams())).toEqual({
      search: null,
      service: null,
      region: null,
      module: null,
      tags: null,
    });
  });

  it.each([
    ["team", { key: "team", value: null }],
    ["team=", { key: "team", value: "" }],
    ["team=a=b", { key: "team", value: "a=b" }],
  ])("reads the tag %j", (tag, condition) => {
    expect(resourceFilter(new URLSearchParams({ tag })).tags).toEqual([condition]);
  });
});

describe("A comparison in a link", () => {
  it.each([
    ["a...b", { base: "a", target: "b" }],
    ["a", { base: "a", target: "" }],
    ["...", { base: "", target: "" }],
  ])("%j names %j", (object, pair) => {
    expect(parsePair(object)).toEqual(pair);
  });
});

describe("The page of one change", () => {
  const edges = [{ cursor: "1" }, { cursor: "2" }];
  const first = pageOf(new URLSearchParams(), 50);

  it("begins after the change before it", () => {
    expect(pageOfRow(edges, 1, first)).toEqual({ first: 1, after: "1", last: null, before: null });
  });

  it("ends before the change after it, for the first one of a list", () => {
    expect(pageOfRow(edges, 0, first)).toEqual({ first: null, after: null, last: 1, before: "2" });
  });

  it("is at the position of a list of one change", () => {
    const [after, before] = [new URLSearchParams({ after: "x" }), new URLSearchParams({ before: "y" })];
    expect(pageOfRow([{ cursor: "1" }], 0, pageOf(after, 50))).toMatchObject({ first: 1, after: "x" });
    expect(pageOfRow([{ cursor: "1" }], 0, pageOf(before, 50))).toMatchObject({ last: 1, before: "y" });
    expect(pageOfRow([{ cursor: "1" }], 0, first)).toMatchObject({ first: 1, after: null });
  });
});

describe("The steps of a difference", () => {
  it("by cause leave out parts of zero", () => {
    const parts = { price: "1.5", quantity: "0", added: "0.00", removed: "-2", newlyPriced: "0" };
    expect(stepsByCause({ ...parts, becameUnpriced: "0", other: "-0.000" })).toEqual([
      { label: "Prices", delta: "1.5" },
      { label: "Removed", delta: "-2" },
    ]);
  });

  it("by kind have the number of resources, and the part of no resource", () => {
    const none = { resourceCount: 0, delta: "0" };
    expect(
      stepsByKind({
        added: { resourceCount: 3, delta: "10" },
        removed: none,
        changed: none,
        unchanged: { resourceCount: 5, delta: "0" },
        moved: none,
        newlyPriced: none,
        becameUnpriced: none,
        unattributed: "-1",
      }),
    ).toEqual([
      { label: "Added (3)", delta: "10" },
      { label: "In no resource", delta: "-1" },
    ]);
  });
});
