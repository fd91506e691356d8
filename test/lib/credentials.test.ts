import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { personName, pullRequestNumber, statedPullRequest } from "../../src/lib/git-origin.ts";
import { httpUrl, withoutCredentials } from "../../src/lib/text.ts";

describe("A URL", () => {
  it.each([
    ["https://u:S3CRET@ci.example.com/1", "https://ci.example.com/1"],
    ["https:///u:S3CRET@ci.example.com/1", "https:///ci.example.com/1"],
    ["ssh://git:S3CRET@ci.example.com/1", "ssh://ci.example.com/1"],
    ["https://h/1?page=2&private_token=S3CRET&tab=log", "https://h/1?page=2&tab=log"],
    ["https://h/1?X-Amz-Signature=S3CRET", "https://h/1"],
    ["https://h/1?access%5Ftoken=S3CRET;page=2", "https://h/1?page=2"],
    ["https://h/#/login?token=S3CRET&page=2", "https://h/#/login&page=2"],
    ["https://h/1?token=a?b=c", "https://h/1"],
    ["https://h/1#access_token=S3CRET&page=2", "https://h/1#page=2"],
  ])("loses its credentials: %s", (url, expected) => {
    expect(withoutCredentials(url)).toBe(expected);
  });

  it.each([
    "https://h/acme@2/1?author=ann@example.com&buildKey=A-1#L7",
    "https://h/?a==b&&c",
    "acme/shop#7",
    "me@host",
  ])("without credentials is unchanged: %s", (url) => {
    expect(withoutCredentials(url)).toBe(url);
  });

  it("never keeps a user or a password", () => {
    const limit = { most: 2_048, unit: "characters" } as const;
    const parts = fc.array(
      fc.constantFrom("/", "\\", "@", ":", "u", "h.example.com", "?", "#", "=", "token"),
    );
    fc.assert(
      fc.property(parts, (rest) => {
        const url = httpUrl(`https://${rest.join("")}`, limit);
        if (url === undefined) return;
        const { username, password, searchParams } = new URL(url);
        expect([username, password, searchParams.has("token") && searchParams.get("token")]).toEqual([
          "",
          "",
          searchParams.has("token") ? "" : false,
        ]);
      }),
    );
  });
});

it.each([
  ["Ann Lee <ann@example.com>", "Ann Lee"],
  ["Ann Lee (ann@example.com)", "Ann Lee"],
  ["Ann Lee <ann@example.com> (bot)", "Ann Lee (bot)"],
  ["ann@example.com", undefined],
  ["<ann@example.com>", undefined],
  ["Ann @ Acme", "Ann @ Acme"],
])("The name of the person %s is %s", (text, name) => {
  expect(personName(text)).toBe(name);
});

describe("A pull request", () => {
  it.each([
    ["https://github.com/acme/shop/pull/7/changes/3", "7"],
    ["https://review.example.com/c/shop/+/12", "12"],
    ["https://gitlab.com/acme/2048", undefined],
    ["https://gitlab.com/acme/2048/-/merge_requests/", undefined],
  ])("of %s has the number %s", (url, number) => {
    expect(pullRequestNumber(url)).toBe(number);
  });

  it("without a number is not one, unless its system has other URLs", () => {
    expect(statedPullRequest("https://gitlab.com/acme/shop/-/merge_requests/")).toBeUndefined();
    expect(statedPullRequest("https://review.example.com/D12")).toBe("https://review.example.com/D12");
  });
});
