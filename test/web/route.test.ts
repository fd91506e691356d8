import { describe, expect, it } from "vitest";
import { hrefWith, listOf, parseRoute, routeTo } from "../../web/src/route.ts";

describe("A list in a parameter", () => {
  it("can have items with commas, per cent signs and NUL characters", () => {
    const items = ["a,b", "50%", "%2C", "عربي", "\0"];
    const hide = items.map((text) => text.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
    const { params } = parseRoute(routeTo("p", "x", { hide }));
    expect(listOf(params, "hide")).toEqual(items);
  });

  it("is empty without the parameter", () => {
    expect(listOf(new URLSearchParams(), "hide")).toEqual([]);
  });
});

describe("hrefWith", () => {
  it("keeps the other parameters, and removes those that are undefined", () => {
    const params = new URLSearchParams("branch=main&after=x");
    expect(hrefWith({ screen: "p", object: "acme/shop", params }, { after: undefined, tab: "USD" })).toBe(
      "#/p/acme/shop?branch=main&tab=USD",
    );
  });
});
