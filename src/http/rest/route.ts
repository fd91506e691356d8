import type { Readable } from "node:stream";
import type * as z from "zod";
import type { Scope } from "../../access/scope.ts";
import type { Context } from "../../graphql/context.ts";
import type { JsonValue } from "../../json.ts";
import { parseParameters } from "./parse-parameters.ts";

/** The parameters in a place of a request (its path, its query, its headers), by name. */
type Parameters = z.ZodObject;

/** A request as it came in. */
export interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonValue | undefined;
  readonly context: Context;
}

/** A request whose parameters have been read. */
export interface RestRequest<Path extends Parameters, Query extends Parameters>
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
