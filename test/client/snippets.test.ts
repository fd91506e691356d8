import { execFile } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ApolloClient, gql, type OperationVariables, type TypedDocumentNode } from "@apollo/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sumOf } from "../../docs/clients/amounts.ts";
import { createApolloClient } from "../../docs/clients/apollo-client.ts";
import * as apollo from "../../docs/clients/apollo-requests.ts";
import {
  JobDocument,
  JobsDocument,
  JobTotalDocument,
  PairsDocument,
  ProjectsDocument,
} from "../../docs/clients/generated.ts";
import * as graphqlRequest from "../../docs/clients/graphql-request.ts";
import { createFetch, RequestFailed } from "../../docs/clients/relay/src/network.ts";
import * as urql from "../../docs/clients/urql.ts";
import { createToken, withToken } from "../access/tokens.ts";
import { until } from "../database/embedded/server-process.ts";
import { estimate, resource, store } from "../support/estimates.ts";
import { removeScratchFolders, scratchFolder } from "../support/scratch-folder.ts";
import { startService } from "../support/service.ts";
import { closeStandIns, standIn } from "../support/stand-in.ts";
import { whileLocked } from "../support/while-locked.ts";

const run = promisify(execFile);

let text = "";
const service = startService(
  { AUTH: "tokens" },
  {
    prepare: async (url) => {
      text = await createToken(url);
    },
  },
);
const token = () => text;
const noToken = () => "rs_none";
const url = () => `${service.url}/graphql`;

/** A total with more digits than a double has. */
const EXACT = "12345678901234567.000000000000000001";

const ids: string[] = [];
beforeAll(async () => {
  const as = withToken(service, text);
  for (const project of ["acme/a", "acme/b", "acme/c", "acme/d", "acme/e"]) {
    const byResource = ["1", EXACT].map((totalMonthlyCost, i) =>
      resource({ resourceId: `r${i}`, totalMonthlyCost, computeCost: totalMonthlyCost }),
    );
    const stored = { totalMonthlyCost: EXACT.replace("67.", "68."), byResource };
    ids.push(await store(as, { project, isDefaultBranch: true, branch: "main", estimate: estimate(stored) }));
  }
});
afterAll(() => {
  closeStandIns();
  return removeScratchFolders();
});

const TOTAL = "12345678901234568.000000000000000001";

/** Input of storeEstimate with a new key. */
const input = () => ({ estimate: estimate(), idempotencyKey: crypto.randomUUID() });

/** The URL of a proxy that loses the first answer: the service has stored the estimate by then. */
async function lossyUrl(): Promise<string> {
  const { url: proxy } = await standIn(async (response, count, { headers, body }) => {
    const answer = await fetch(url(), {
      method: "POST",
      headers: { authorization: headers.authorization ?? "", "content-type": "application/json" },
      body,
    });
    const content = await answer.text();
    if (count === 1) response.destroy();
    else response.setHeader("content-type", "application/json").end(content);
  });
  return proxy;
}

/** Runs a request while the database blocks it, cancels it, and waits until no statement waits. */
async function cancelled(start: (signal: AbortSignal) => void): Promise<void> {
  const waiting = async () =>
    (
      await service.sql(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).length;
  await whileLocked(service.databaseUrl, "jobs", async () => {
    const controller = new AbortController();
    start(controller.signal);
    await until(async () => (await waiting()) === 1);
    controller.abort();
    await until(async () => (await waiting()) === 0);
  });
}

/** All items of an iterator. */
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The error of a promise. */
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

interface CompareJobs {
  readonly compareJobs: { readonly resources: { readonly pageInfo: { readonly endCursor: string } } };
}

/** A filter whose variables are longer than a URL may be. */
const MANY = [...Array.from({ length: 999 }, (_, i) => `acme/project-of-some-length/${i}`), "acme/a"];

describe("The files of docs/clients.md for Apollo Client", () => {
  let client: ApolloClient;
  beforeAll(() => {
    client = createApolloClient(url(), token);
  });

  it("append the next pages to a list, with exact amounts", async () => {
    const list = client.watchQuery({ query: JobsDocument, variables: { first: 2 } });
    const subscription = list.subscribe(() => undefined);
    const shown = () => list.getCurrentResult().data?.jobs?.edges?.map((edge) => edge?.node?.project) ?? [];
    for (const length of [2, 4, 5]) {
      await until(async () => shown().length === length);
      // After the last page it requests nothing.
      await apollo.loadMore(list);
    }
    expect(shown()).toEqual(["acme/e", "acme/d", "acme/c", "acme/b", "acme/a"]);
    const last = client.readQuery({ query: JobsDocument, variables: { first: 2 } })?.jobs.edges.at(-1);
    expect(last?.node).toMatchObject({ id: ids[0], totalMonthlyCost: TOTAL });
    subscription.unsubscribe();
  });

  /** The whole list in the cache after its first and its second page were requested, each with one item. */
  async function pagesOf<Data, Variables extends { first: number }>(
    query: TypedDocumentNode<Data, Variables>,
    variables: Omit<Variables, "first" | "after">,
    endOf: (data: Data) => string | null | undefined,
  ): Promise<Data | null> {
    // Without their names, the types of the variables are those of the document.
    const page = (after?: string | null) => ({ ...variables, first: 1, after }) as unknown as Variables;
    const request = (after?: string | null) =>
      client.query<Data, OperationVariables>({ query, variables: page(after), fetchPolicy: "network-only" });
    const first = (await request()).data as Data;
    await request(endOf(first));
    return client.readQuery<Data, OperationVariables>({ query, variables: page() });
  }

  it("append the pages of resources, projects and pairs", async () => {
    const job = await pagesOf(
      JobDocument,
      { id: ids[0] ?? "" },
      (data) => data.job?.resources.pageInfo.endCursor,
    );
    expect(job?.job?.resources.edges.map(({ node }) => node.resourceId)).toEqual(["r1", "r0"]);
    const projects = await pagesOf(ProjectsDocument, {}, (data) => data.projects.pageInfo.endCursor);
    expect(projects?.projects.edges.map(({ node }) => node.name)).toEqual(["acme/a", "acme/b"]);
    const sides = { base: { asOf: "2020-01-01T00:00:00Z" }, target: {} };
    const pairs = await pagesOf(
      PairsDocument,
      sides,
      (data) => data.comparePortfolios.pairs.pageInfo.endCursor,
    );
    expect(pairs?.comparePortfolios).toMatchObject({
      totals: [{ currency: "USD" }],
      pairs: { edges: [{ node: { project: "acme/a" } }, { node: { project: "acme/b" } }] },
    });
  });

  it("append the pages of the changes of a comparison", async () => {
    const changes = gql(`query ($base: ID!, $target: ID!, $first: Int, $after: String) {
      compareJobs(baseJobId: $base, targetJobId: $target) {
        delta resources(first: $first, after: $after) { edges { node { resourceId } } pageInfo { endCursor } }
      }
    }`);
    const comparison = await pagesOf(
      changes as TypedDocumentNode<CompareJobs, OperationVariables & { first: number }>,
      { base: ids[0], target: ids[1] },
      (data) => data.compareJobs.resources.pageInfo.endCursor,
    );
    expect(comparison?.compareJobs).toMatchObject({ resources: { edges: { length: 2 } } });
  });

  it("keep lists with other filters apart", async () => {
    for (const project of ["acme/a", "acme/b"]) {
      const variables = { first: 5, filter: { project } };
      const { data } = await client.query({ query: JobsDocument, variables });
      expect(data?.jobs.edges.map(({ node }) => node.project)).toEqual([project]);
    }
  });

  it("read a job that a list has read without a request", async () => {
    await client.query({ query: JobsDocument, variables: { first: 5 } });
    const { data } = await client.query({
      query: JobTotalDocument,
      variables: { id: ids[0] ?? "" },
      fetchPolicy: "cache-only",
    });
    expect(data?.job).toMatchObject({ id: ids[0], totalMonthlyCost: TOTAL });
  });

  it("request a job that is not in the cache, and answer null for an unknown one", async () => {
    const own = createApolloClient(url(), token);
    const jobOf = async (id: string) =>
      (await own.query({ query: JobTotalDocument, variables: { id } })).data?.job;
    expect(await jobOf(ids[1] ?? "")).toMatchObject({ totalMonthlyCost: TOTAL });
    expect(await jobOf(crypto.randomUUID())).toBeNull();
  });

  it("have the codes of errors", async () => {
    const wrong = await errorOf(client.query({ query: JobsDocument, variables: { first: 0, filter: {} } }));
    expect(apollo.codesOf(wrong)).toEqual(["BAD_USER_INPUT"]);
    const stranger = createApolloClient(url(), noToken);
    const refused = await errorOf(stranger.query({ query: JobsDocument, variables: { first: 1 } }));
    expect(apollo.codesOf(refused)).toEqual(["UNAUTHENTICATED"]);
    const unreachable = createApolloClient("http://127.0.0.1:1/graphql", token);
    const lost = await errorOf(unreachable.query({ query: JobsDocument, variables: { first: 1 } }));
    expect(apollo.codesOf(lost)).toEqual([]);
  });

  it("send long variables by POST", async () => {
    const own = createApolloClient(url(), token);
    const variables = { first: 5, filter: { projects: MANY } };
    const { data } = await own.query({ query: JobsDocument, variables });
    expect(data?.jobs.edges.map(({ node }) => node?.project)).toEqual(["acme/a"]);
  });

  it("cancel a request and its SQL statement", async () => {
    let failure: Promise<unknown> = Promise.resolve();
    await cancelled((signal) => {
      failure = errorOf(apollo.newestJobs(createApolloClient(url(), token), 2, signal));
    });
    expect(await failure).toMatchObject({ name: "AbortError" });
  });
});

describe("The files of docs/clients.md for urql", () => {
  it("read all pages, with exact amounts", async () => {
    const jobs = await all(urql.pagesOfJobs(urql.createUrqlClient(url(), token), { first: 2 }));
    expect(jobs.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(jobs[2]?.[0]).toMatchObject({ id: ids[0], project: "acme/a", totalMonthlyCost: TOTAL });
  });

  it("have the codes of errors", async () => {
    const error = async (to: string, as: () => string, first: number) =>
      urql.codesOf(await errorOf(urql.pagesOfJobs(urql.createUrqlClient(to, as), { first }).next()));
    expect(await error(url(), token, 0)).toEqual(["BAD_USER_INPUT"]);
    expect(await error(url(), noToken, 1)).toEqual(["UNAUTHENTICATED"]);
    expect(await error("http://127.0.0.1:1/graphql", token, 1)).toEqual([]);
  });

  it("show jobs, and cancel a request and its SQL statement", async () => {
    const shown: unknown[] = [];
    const show = (jobs: unknown) => shown.push(jobs);
    urql.watchJobs(urql.createUrqlClient(url(), token), 1, show);
    await until(async () => shown.length === 1);
    await cancelled((signal) => {
      const stop = urql.watchJobs(urql.createUrqlClient(url(), token), 2, show);
      signal.addEventListener("abort", stop);
    });
    expect(shown).toEqual([expect.objectContaining({ edges: [expect.anything()] })]);
  });
});

describe("The files of docs/clients.md for graphql-request", () => {
  it("read all pages, with exact amounts", async () => {
    const client = graphqlRequest.createClient(url(), token);
    const jobs = await all(graphqlRequest.pagesOfJobs(client, { first: 2 }));
    expect(jobs.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(jobs[2]?.[0]).toMatchObject({ id: ids[0], project: "acme/a", totalMonthlyCost: TOTAL });
  });

  it("have the codes of errors", async () => {
    const error = async (to: string, as: () => string, first: number) =>
      graphqlRequest.codesOf(
        await errorOf(graphqlRequest.pagesOfJobs(graphqlRequest.createClient(to, as), { first }).next()),
      );
    expect(await error(url(), token, 0)).toEqual(["BAD_USER_INPUT"]);
    expect(await error(url(), noToken, 1)).toEqual(["UNAUTHENTICATED"]);
    expect(await error("http://127.0.0.1:1/graphql", token, 1)).toEqual([]);
  });

  it("cancel a request and its SQL statement", async () => {
    let failure: Promise<unknown> = Promise.resolve();
    await cancelled((signal) => {
      const client = graphqlRequest.createClient(url(), token);
      failure = errorOf(graphqlRequest.pagesOfJobs(client, { first: 2 }, signal).next());
    });
    expect(await failure).toMatchObject({ name: "AbortError" });
  });
});

describe("The files of docs/clients.md for Relay", () => {
  it("compile, and the service answers their second pages and mutations by hash", async () => {
    const folder = await scratchFolder();
    await cp("docs/clients/relay", folder, { recursive: true });
    await cp("schema.graphql", join(folder, "schema.graphql"));
    const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
    await run(process.execPath, [compiler], { cwd: folder });
    const texts = JSON.parse(await readFile(join(folder, "persisted-queries.json"), "utf8"));
    const fetchByHash = createFetch({ url: url(), token, texts });
    const send = async (name: string, variables: object) => {
      const artifact = await readFile(join(folder, `src/__generated__/${name}.graphql.js`), "utf8");
      const id = /"id": "(\w{64})"/.exec(artifact)?.[1] ?? null;
      const operationKind = /"operationKind": "(\w+)"/.exec(artifact)?.[1] ?? "";
      // biome-ignore lint/suspicious/noExplicitAny: a test knows the fields of its query.
      return (await fetchByHash({ id, operationKind }, variables)).data as any;
    };
    const first = await send("projectsPageQuery", { count: 2, prefix: "acme/" });
    const cursor = first.projects.pageInfo.endCursor;
    const second = await send("projectsPageQuery", { count: 2, prefix: "acme/", cursor });
    expect(second.projects.edges.map((edge: { node: { name: string } }) => edge.node.name)).toEqual([
      "acme/c",
      "acme/d",
    ]);
    expect(await send("projectsQuery", { prefix: "acme/" })).toMatchObject({
      projects: { edges: { length: 5 } },
    });
    const job = await send("projectsJobQuery", { id: ids[0], count: 1 });
    const after = job.node.resources.pageInfo.endCursor;
    const next = await send("projectsJobQuery", { id: ids[0], count: 1, cursor: after });
    expect(next.node).toMatchObject({
      totalMonthlyCost: TOTAL,
      resources: { edges: [{ node: { resourceId: "r0" } }] },
    });
    expect(await send("projectsStoreMutation", { input: input() })).toMatchObject({
      storeEstimate: { created: true },
    });
    expect(await send("projectsPageQuery", { count: 1, prefix: "x".repeat(20_000) })).toMatchObject({
      projects: { edges: [] },
    });
    const error = await errorOf(send("projectsPageQuery", { count: 0 }));
    expect(error).toBeInstanceOf(RequestFailed);
    expect(error).toMatchObject({ codes: ["BAD_USER_INPUT"] });
  });
});

describe("sumOf of docs/clients.md", () => {
  it("adds up exactly, and does not count unknown amounts as zero", () => {
    expect(sumOf([EXACT, "0.1", "0.2", null])).toEqual({
      sum: "12345678901234567.300000000000000001",
      unknown: 1,
    });
  });
});

describe.concurrent("The files of docs/clients.md", () => {
  it.each<[string, (to: string) => Promise<unknown>]>([
    [
      "Apollo Client",
      async (to) => (await apollo.storeEstimate(createApolloClient(to, token), input())).data,
    ],
    ["urql", (to) => urql.storeEstimate(urql.createUrqlClient(to, token), input())],
    [
      "graphql-request",
      (to) => graphqlRequest.storeEstimate(graphqlRequest.createClient(to, token), input()),
    ],
  ])("repeat a store of %s whose answer is lost, so that it is stored once", async (_client, storeBy) => {
    expect(await storeBy(await lossyUrl())).toMatchObject({
      storeEstimate: { created: false, job: { totalMonthlyCost: "10.00" } },
    });
  });

  it("generate the types that the other files use", async () => {
    const config = ["--config", "docs/clients/codegen.yml", "--check"];
    // It fails, with the names of the files, if they differ.
    await run(process.execPath, ["node_modules/.bin/graphql-codegen", ...config]);
  });
});
