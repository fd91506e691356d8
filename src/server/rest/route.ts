import type { Readable } from "node:stream";
import * as z from "zod";
import type { Scope } from "../../access/viewer.ts";
import type { Context } from "../../graphql/context.ts";
import { BadUserInput, DomainError, type InputProblem, pathText, type Spelling } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { API_PREFIX } from "../errors.ts";

/** The parameters in a place of a request (its path, its query, its headers), by name. */
type Parameters = z.ZodObject;

/** A request as it came in. */
interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonValue | undefined;
  readonly context: Context;
}

/** A request whose parameters have been read. */
interface RestRequest<Path extends Parameters, Query extends Parameters>
  extends Omit<RawRequest, "params" | "query"> {
  readonly path: z.output<Path>;
  readonly query: z.output<Query>;
}

/** What a route answers: a JSON value, or text that is made while it is sent. */
export interface Answer<Body> {
  /** 200 when left out. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** What is known of a route: enough to serve it, and to describe it. */
export interface RouteDescription {
  readonly method: "GET" | "POST";
  /** What a token must be good for; left out: read. Known before the body is read. */
  readonly scope?: Scope;
  /** With its parameters in braces, as OpenAPI has them: /jobs/{job_id}. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: {
    readonly path: Parameters;
    readonly query: Parameters;
    readonly header?: Parameters;
  };
  /** What the body must look like. Described here, checked by who reads it. */
  readonly body?: z.ZodType;
  /** What is answered: the same schema for every status, or for text its media type. */
  readonly answers: Readonly<Record<number, string>>;
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  /** Whether the answer is made while it is sent; left out: no. */
  readonly isExport?: boolean;
  /** Headers of the answer, with what they say. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** The statuses of refusals beside those that every route has. */
  readonly refusals: readonly number[];
}

/** A route, whatever it takes. */
export interface Route extends RouteDescription {
  readonly handle: (request: RawRequest) => Promise<Answer<unknown>>;
}

interface Definition<Path extends Parameters, Query extends Parameters, Body>
  extends Omit<RouteDescription, "parameters" | "schema"> {
  readonly parameters: { readonly path: Path; readonly query: Query; readonly header?: Parameters };
  readonly schema?: z.ZodType<Body>;
  readonly handle: (request: RestRequest<Path, Query>) => Promise<Answer<Body | Readable>>;
}

/** Makes a route whose parameters are read before it runs, by the schemas that describe them. */
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
      }),
  };
}

/** A route without parameters of a kind. */
export const NO_PARAMETERS = z.strictObject({});

/** The id of a job. Any text is accepted; a text that is not a UUID gives 404. */
export function jobId(description: string) {
  return z.string().meta({ description, format: "uuid" });
}

/** The job in a route's path. */
export const JOB_PATH = z.strictObject({ job_id: jobId("The id of the job, as POST /store returned it.") });

/** Which page of a list. How many rows it may have is decided where the list is made. */
export function pageParameters(sizes: { readonly default: number | "all"; readonly maximum: number }) {
  return {
    limit: z
      .string()
      .regex(/^\d{1,9}$/, `must be a whole number from 1 to ${sizes.maximum}`)
      .transform(Number)
      .optional()
      .meta({
        description: `The number of rows. Default: ${sizes.default}.`,
        type: "integer",
        minimum: 1,
        maximum: sizes.maximum,
        pattern: undefined,
      }),
    cursor: z
      .string()
      .optional()
      .meta({ description: "The start of the page, from the Link header of the previous page." }),
  };
}

/**
 * Reads the parameters of a request.
 * @throws BadUserInput with everything that is wrong with them, by their names.
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

/** The parameters of a route that takes a page of a list, by the paths of GraphQL's arguments. */
export const PAGE_PARAMETERS = { first: "limit", after: "cursor" } as const;

/** A spelling with the names of a route's parameters, by the paths of GraphQL's arguments. */
export function parameterSpelling(names: Readonly<Record<string, string>>): Spelling {
  return (path) => {
    const name = names[pathText(path)];
    return name === undefined ? path : [name];
  };
}

/** Runs code that names inputs as GraphQL does. Its errors name them in the spelling of a route. */
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

/** What a Link header says, for the description of a route. */
export const LINK_HEADER = {
  Link: 'The next page, as <URL>; rel="next"; absent on the last page (RFC 8288).',
};

/** The Link header to the page after this one: the same request with the cursor of the last row. */
export function nextPage(
  path: string,
  query: Readonly<Record<string, unknown>>,
  { hasNextPage, endCursor }: { readonly hasNextPage: boolean; readonly endCursor: string | null },
): Record<string, string> {
  if (!hasNextPage) return {};
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor: endCursor })) {
    if (value !== undefined) search.set(name, String(value));
  }
  return { link: `<${API_PREFIX}${path}?${search}>; rel="next"` };
}
