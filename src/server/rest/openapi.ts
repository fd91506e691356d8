import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { packageVersion } from "../../lib/version.ts";
import { API_PREFIX, PROBLEM_TYPE } from "../errors.ts";
import { FILTER_PARAMETERS } from "./filter-parameters.ts";
import type { RouteDescription } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { ProblemBody } from "./schemas.ts";

const DESCRIPTION =
  "Stored cloud cost estimates: the REST routes. The GraphQL API at /graphql has all functions. Costs are per month. They are JSON numbers with all their digits: parse them as decimals. Errors are problem details (RFC 9457).";

const TOKEN = {
  type: "http",
  scheme: "bearer",
  description:
    "An API token of this service, or a JWT of a CI system. A server with AUTH=none requires no token.",
};

/** Refusals that every route may answer with. */
const COMMON_ERRORS = [400, 401, 403, 421, 429, 500, 503];

/** The document that describes the REST routes, as it is served and checked in. */
export function openapiText(): string {
  return `${JSON.stringify(openapiDocument(), null, 2)}\n`;
}

/** The OpenAPI 3.1 document of the REST routes, generated from their definitions. */
export function openapiDocument() {
  const paths = Object.groupBy(ROUTES, ({ path }) => path);
  return {
    openapi: "3.1.0",
    info: {
      title: "results-storage",
      version: packageVersion(),
      description: DESCRIPTION,
      license: { name: "UNLICENSED" },
    },
    servers: [{ url: API_PREFIX }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, routes = []]) => [
        path,
        Object.fromEntries(routes.map((route) => [route.method.toLowerCase(), operation(route)])),
      ]),
    ),
    security: [{ token: [] }],
    components: {
      schemas: componentSchemas(),
      parameters: Object.fromEntries(FILTER.map((parameter) => [parameter.name, parameter])),
      securitySchemes: { token: TOKEN },
    },
  };
}

function operation(route: RouteDescription) {
  const { operationId, summary, description, parameters, body } = route;
  const statuses = [...COMMON_ERRORS, ...route.refusals].sort();
  return {
    operationId,
    summary,
    ...(description && { description }),
    parameters: [
      ...parametersIn("path", parameters.path),
      ...parametersIn("query", parameters.query).map(withoutRepetition(parameters.query)),
      ...(parameters.header ? parametersIn("header", parameters.header) : []),
    ],
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: reference(body) } } },
    }),
    responses: Object.fromEntries([
      ...Object.entries(route.answers).map(([status, text]) => [status, answer(route, text)]),
      ...statuses.map((status) => [status, refusal(status)]),
    ]),
  };
}

function parametersIn(place: "path" | "query" | "header", parameters: z.ZodObject) {
  const { properties = {}, required = [] } = jsonSchema(parameters);
  return Object.entries(properties).map(([name, property]) => {
    if (typeof property !== "object") throw new TypeError(`${name} has no schema`);
    const { description, ...schema } = property;
    return { name, in: place, required: required.includes(name), description, schema };
  });
}

/** The parameters of a filter, which many routes have. */
const FILTER = parametersIn("query", z.object(FILTER_PARAMETERS));

/** Returns a parameter of a route, or for one of the filter a reference to it. */
function withoutRepetition({ shape }: z.ZodObject) {
  const filter = new Map<string, z.ZodType>(Object.entries(FILTER_PARAMETERS));
  return (parameter: { readonly name: string }) =>
    shape[parameter.name] !== undefined && shape[parameter.name] === filter.get(parameter.name)
      ? { $ref: `#/components/parameters/${parameter.name}` }
      : parameter;
}

function answer(
  { schema, mediaType = "application/json", answerHeaders = {} }: RouteDescription,
  text: string,
) {
  const headers = Object.entries(answerHeaders).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return {
    description: text,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: { [mediaType]: { schema: schema ? reference(schema) : { type: "string" } } },
  };
}

function refusal(status: number) {
  return {
    description: `${STATUS_CODES[status]}.`,
    content: { [PROBLEM_TYPE]: { schema: reference(ProblemBody) } },
  };
}

/** Every schema with an id, the ones inside of others too. */
function componentSchemas() {
  const bodies = [...ROUTES.flatMap(({ schema, body }) => [schema, body]), ProblemBody];
  const named = bodies.filter((schema) => schema !== undefined).map((schema) => [idOf(schema), schema]);
  const { $defs = {} } = jsonSchema(z.object(Object.fromEntries(named)));
  return Object.fromEntries(Object.entries($defs).map(([id, { id: _, ...schema }]) => [id, schema]));
}

function reference(schema: z.ZodType) {
  return { $ref: `#/components/schemas/${idOf(schema)}` };
}

function idOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new TypeError("a body's schema needs an id");
  return id;
}

/** A schema as JSON Schema, whose references lead into the document. */
function jsonSchema(schema: z.ZodType) {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ jsonSchema }) => withoutSafeBounds(jsonSchema),
  });
  return relocated(json);
}

function relocated<Json>(json: Json): Json {
  return JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

/** That a whole number fits a double is zod's concern, and no reader's. */
function withoutSafeBounds(json: z.core.JSONSchema.BaseSchema): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}
