import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { store, tryToStore } from "../support/estimates.ts";
import { startService } from "../support/service.ts";

const service = startService();

const FIELDS = "project commitMessage commitAuthor pullRequestUrl commitUrl runUrl isDefaultBranch";

async function stored(input: Parameters<typeof store>[1]) {
  const id = await store(service, input);
  const { data } = await service.query(`query ($id: ID!) { job(id: $id) { ${FIELDS} } }`, { id });
  return data.job;
}

describe("The server stores", () => {
  it.each(["acme//shop", "acme\\shop", "/acme/shop/", "./acme/shop"])(
    "the project %s with the separator / and without empty parts",
    async (project) => {
      expect(await stored({ project })).toMatchObject({ project: "acme/shop" });
    },
  );

  it("the first line of a message, whatever ends it", async () => {
    expect(await stored({ commitMessage: "a\rb" })).toMatchObject({ commitMessage: "a" });
  });

  it.each([
    ["Z <z@x>", "Z"],
    ["z@example.com", null],
  ])("the author %s without the address", async (commitAuthor, name) => {
    expect(await stored({ commitAuthor })).toMatchObject({ commitAuthor: name });
  });

  it("URLs without credentials", async () => {
    const urls = {
      commitUrl: "https://u:S@h/c?token=S",
      runUrl: "https://S@h/r?private_token=S&a=1",
      pullRequestUrl: "https://u:S@h/acme/shop/pull/7",
    };
    expect(await stored(urls)).toMatchObject({
      commitUrl: "https://h/c",
      runUrl: "https://h/r?a=1",
      pullRequestUrl: "https://h/acme/shop/pull/7",
    });
  });

  it("no pull request of a URL without a number", async () => {
    const pullRequestUrl = "https://gitlab.com/acme/shop/-/merge_requests/";
    expect(await stored({ branch: "main", pullRequestUrl })).toMatchObject({
      pullRequestUrl: null,
      isDefaultBranch: true,
    });
  });
});

it("A project without a name is refused", async () => {
  const { errors } = await tryToStore(service, { project: "//" });
  expect(errors?.[0]).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
  expect(errors?.[0]?.message).toContain("input.project must not be empty");
});

it("A key is of the stored values: another spelling of the project is a retry", async () => {
  const idempotencyKey = randomUUID();
  const id = await store(service, { idempotencyKey, project: "acme/shop" });
  expect(await store(service, { idempotencyKey, project: "acme//shop" })).toBe(id);
});
