import type { Readable } from "node:stream";
import * as z from "zod";
import type { Scope } from "../../access/viewer.ts";
import type { Context } from "../../graphql/context.ts";
import { BadUserInput, DomainError, type InputProblem, pathText, type Spelling } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { API_PREFIX } from "../errors.ts";

/** The parameters in a place of a request (its path, its query, its headers), by name. */
type Parameters = z.ZodObject;

/** A request before its parameters are parsed. */
interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonValue | undefined;
  readonly context: Context;
}

/** A request with parsed parameters. */
interface RestRequest<Path extends Parameters, Query extends Parameters>
  extends Omit<RawRequest, "params" | "query"> {
  readonly path: z.output<Path>;
  readonly query: z.output<Query>;
  /** The query as the client sent it. Its parameters are valid. */
  readonly search: Search;
}

/** The parameters of a query by name. A parameter that is given several times has a list. */
type Search = Readonly<Record<string, string | readonly string[]>>;

/** The response of a route: a JSON value, or a stream of text. */
export interface Answer<Body> {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** The properties of a route from which the server and openapi.json are generated. */
export interface RouteDescription {
  readonly method: "GET" | "POST";
  /** The scope that a token requires; default: read. It is checked before the body is read. */
  readonly scope?: Scope;
  /** The path with parameters in braces, as in OpenAPI: /jobs/{job_id}. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: {
    readonly path: Parameters;
    readonly query: Parameters;
    readonly header?: Parameters;
  };
  /** The schema of the body, for openapi.json only: the handler checks the body. */
  readonly body?: z.ZodType;
  /** The descriptions of the responses by status. All have the same schema, or for text the same media type. */
  readonly answers: Readonly<Record<number, string>>;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  /** Whether the response is a stream; default: false. */
  readonly isExport?: boolean;
  /** The descriptions of response headers by name. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** The statuses of errors, without those of every route. */
  readonly refusals: readonly number[];
}

/** A route with any parameters. */
export interface Route extends RouteDescription {
  readonly handle: (request: RawRequest) => Promise<Answer<unknown>>;
}

interface Definition<Path extends Parameters, Query extends Parameters, Body>
  extends Omit<RouteDescription, "parameters" | "schema"> {
  readonly parameters: { readonly path: Path; readonly query: Query; readonly header?: Parameters };
  readonly schema?: z.ZodType<Body>;
  readonly handle: (request: RestRequest<Path, Query>) => Promise<Answer<Body | Readable>>;
}

/** Creates a route. The schemas in its description parse the parameters before its handler runs. */
export function defineRoute<Path extends Parameters, Query extends Parameters, Body>(
  definition: Definition<Path, Query, Body>,
): Route {
  const { path, query } = definition.parameters;
  return {
    ...definition,
    handle: async ({ params, query: search, ...request }) =>
      definition.handle({
        ...request,
        path: parseParameters(path, params),
        query: parseParameters(query, search),
        search: search as Search,
      }),
  };
}

/** The schema of a place without parameters. */
export const NO_PARAMETERS = z.strictObject({});

/** The id of a job. Any text is accepted; a text that is not a UUID gives 404. */
export function jobId(description: string) {
  return z.string().meta({ description, format: "uuid" });
}

/** The job in a route's path. */
export const JOB_PATH = z.strictObject({ job_id: jobId("The id of the job, as POST /store returned it.") });

/** A whole number. The description has the maximum; the function that uses the number checks it. */
export function wholeNumber(description: string, maximum: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from 1 to ${maximum}`)
    .transform(Number)
    .optional()
    .meta({ description, type: "integer", minimum: 1, maximum, pattern: undefined });
}

/** The parameters of a page. The function that reads the list checks the size. */
export function pageParameters(sizes: { readonly default: number | "all"; readonly maximum: number }) {
  return {
    limit: wholeNumber(`The number of rows. Default: ${sizes.default}.`, sizes.maximum),
    cursor: z
      .string()
      .optional()
      .meta({ description: "The start of the page, from the Link header of the previous page." }),
  };
}

/**
 * Parses the parameters of a request.
 * @throws BadUserInput with all invalid parameters by their names.
 */
function parseParameters<Schema extends z.ZodObject>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new BadUserInput(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): InputProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [key], rule: "is not a parameter of this route" }));
  }
  const { path } = issue;
  if (issue.code !== "invalid_type") return [{ path, rule: issue.message }];
  return [{ path, rule: issue.input === undefined ? "is missing" : "must be given once" }];
}

/** The parameters of a page by the paths of the arguments of GraphQL. */
export const PAGE_PARAMETERS = { first: "limit", after: "cursor" } as const;

/** A spelling with the names of parameters. @param names parameters by the paths of the arguments of GraphQL. */
export function parameterSpelling(names: Readonly<Record<string, string>>): Spelling {
  return (path) => {
    const name = names[pathText(path)];
    return name === undefined ? path : [name];
  };
}

/** The common properties of routes with a CSV file. */
export const CSV_ROUTE = {
  method: "GET",
  mediaType: "text/csv",
  answerHeaders: { "Content-Disposition": "The name of the file." },
} as const;

/** The headers of a file to download. */
export function attachment(fileName: string): Record<string, string> {
  return { "content-disposition": `attachment; filename="${fileName}"` };
}

/** Reads the first page before the response starts, so that its error is an error response and not an interrupted file. */
export async function startedPages<Item>(pages: AsyncGenerator<Item>): Promise<AsyncGenerator<Item>> {
  const first = await pages.next();
  return (async function* rest() {
    if (first.done) return;
    yield first.value;
    yield* pages;
  })();
}

/** Runs a function, and translates the paths of GraphQL in its errors into the spelling of a route. */
export async function withSpelling<Result>(
  spell: Spelling,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof DomainError ? error.spelled(spell) : error;
  }
}

/** The description of the Link header. */
export const LINK_HEADER = {
  Link: 'The next page, as <URL>; rel="next"; absent on the last page (RFC 8288).',
};

/** The Link header of the next page: the same request with the cursor of the last row. */
export function nextPage(
  path: string,
  search: Search,
  { hasNextPage, endCursor }: { readonly hasNextPage: boolean; readonly endCursor: string | null },
): Record<string, string> {
  if (!hasNextPage || endCursor === null) return {};
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...search, cursor: endCursor })) {
    for (const one of [value].flat()) next.append(name, one);
  }
  return { link: `<${API_PREFIX}${path}?${next}>; rel="next"` };
}
