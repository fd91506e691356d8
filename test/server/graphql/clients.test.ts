import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { Client, fetchExchange } from "@urql/core";
import { ClientError, GraphQLClient } from "graphql-request";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { estimate, store } from "../../support/estimates.ts";
import { removeScratchFolders, scratchFolder } from "../../support/scratch-folder.ts";
import { startService } from "../../support/service.ts";

const service = startService();
const run = promisify(execFile);
let id: string;

const JOB = "query Job($id: ID!) { job(id: $id) { id totalMonthlyCost } }";
const STORE = "mutation Store($input: StoreEstimateInput!) { storeEstimate(input: $input) { created } }";
const WRONG = "query Wrong { job(id: 1.5) { id } }";

beforeAll(async () => {
  id = await store(service);
});
afterAll(removeScratchFolders);

const answer = () => ({ job: { id, totalMonthlyCost: "10.00" } });
const input = () => ({ estimate: estimate(), idempotencyKey: crypto.randomUUID() });

describe("@apollo/client", () => {
  const apolloClient = () =>
    new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: `${service.url}/graphql` }) });

  it("queries and mutates with its defaults", async () => {
    const client = apolloClient();
    expect((await client.query({ query: gql(JOB), variables: { id } })).data).toMatchObject(answer());
    const { data } = await client.mutate({ mutation: gql(STORE), variables: { input: input() } });
    expect(data).toMatchObject({ storeEstimate: { created: true } });
  });

  it("queries by GET", async () => {
    const link = new HttpLink({ uri: `${service.url}/graphql`, useGETForQueries: true });
    const client = new ApolloClient({ cache: new InMemoryCache(), link });
    expect((await client.query({ query: gql(JOB), variables: { id } })).data).toMatchObject(answer());
  });

  it("shows the error of a query", async () => {
    await expect(apolloClient().query({ query: gql(WRONG) })).rejects.toThrow("ID cannot represent");
  });
});

describe("@urql/core", () => {
  const urqlClient = () => new Client({ url: `${service.url}/graphql`, exchanges: [fetchExchange] });

  it("queries and mutates with its defaults, which send short queries by GET", async () => {
    const client = urqlClient();
    expect((await client.query(JOB, { id }).toPromise()).data).toEqual(answer());
    const { data } = await client.mutation(STORE, { input: input() }).toPromise();
    expect(data).toEqual({ storeEstimate: { created: true } });
  });

  it("queries by GET without variables", async () => {
    const { data, error } = await urqlClient().query("{ jobs { nodes { id } } }", {}).toPromise();
    expect([data.jobs.nodes.length > 0, error]).toEqual([true, undefined]);
  });

  it("shows the error of a query", async () => {
    const { error } = await urqlClient().query(WRONG, {}).toPromise();
    expect(error?.graphQLErrors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("graphql-request", () => {
  const requestClient = (method?: "GET") =>
    new GraphQLClient(`${service.url}/graphql`, method === undefined ? {} : { method });

  it("queries and mutates with its defaults", async () => {
    const client = requestClient();
    expect(await client.request(JOB, { id })).toEqual(answer());
    expect(await client.request(STORE, { input: input() })).toEqual({ storeEstimate: { created: true } });
  });

  it("queries by GET, with variables and without", async () => {
    expect(await requestClient("GET").request(JOB, { id })).toEqual(answer());
    expect(await requestClient("GET").request("{ __typename }")).toEqual({ __typename: "Query" });
  });

  it("shows the error of a query", async () => {
    await expect(requestClient().request(WRONG)).rejects.toThrow(ClientError);
  });
});

describe("relay-compiler", () => {
  const SOURCE = `
graphql\`query appQuery($count: Int, $cursor: String) { ...app_jobs @arguments(count: $count, cursor: $cursor) }\`;
graphql\`
  fragment app_jobs on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "appPaginationQuery") {
    jobs(first: $count, after: $cursor) @connection(key: "app_jobs") { edges { node { id ...app_job } } }
  }
\`;
graphql\`
  fragment app_job on Job {
    totalMonthlyCost
    resources(first: 5) @connection(key: "app_resources") { edges { node { resourceId } } }
  }
\`;`;

  it("compiles connections against schema.graphql, and the service answers what it has compiled", async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, "src"));
    await copyFile("schema.graphql", join(folder, "schema.graphql"));
    await writeFile(join(folder, "src/app.js"), SOURCE);
    const config = { src: "./src", schema: "./schema.graphql", language: "javascript" };
    await writeFile(join(folder, "relay.config.json"), JSON.stringify(config));
    const compiler = createRequire(import.meta.url).resolve("relay-compiler/cli.js");
    await run(process.execPath, [compiler], { cwd: folder });
    const compiled = await readFile(join(folder, "src/__generated__/appPaginationQuery.graphql.js"), "utf8");
    const text: string = JSON.parse(/"text": (".*")/.exec(compiled)?.[1] ?? "");
    const { data } = await service.query(text, { count: 1 });
    expect(data.jobs).toMatchObject({
      edges: [{ cursor: expect.any(String), node: { __typename: "Job" } }],
      pageInfo: { endCursor: expect.any(String), hasNextPage: expect.any(Boolean) },
    });
    expect(data.jobs.edges[0].node.resources.edges).toMatchObject([
      { node: { resourceId: "aws_instance.web" } },
    ]);
  });
});

describe("curl", () => {
  const curl = async (...args: string[]) =>
    JSON.parse((await run("curl", ["--silent", "--show-error", ...args])).stdout);

  it("queries by GET with its defaults", async () => {
    const parameters = [`query=${JOB}`, `variables=${JSON.stringify({ id })}`, "operationName="];
    const data = parameters.flatMap((parameter) => ["--data-urlencode", parameter]);
    expect(await curl("--get", ...data, `${service.url}/graphql`)).toEqual({ data: answer() });
  });

  it("queries and mutates by POST", async () => {
    const post = (query: string, variables: object) =>
      curl("--json", JSON.stringify({ query, variables }), `${service.url}/graphql`);
    expect(await post(JOB, { id })).toEqual({ data: answer() });
    expect(await post(STORE, { input: input() })).toEqual({ data: { storeEstimate: { created: true } } });
  });

  it("receives the missing header's name when it posts a form", async () => {
    const { errors } = await curl("--data", "query={__typename}", `${service.url}/graphql`);
    expect(errors).toMatchObject([{ extensions: { code: "UNSUPPORTED_MEDIA_TYPE" } }]);
  });
});
