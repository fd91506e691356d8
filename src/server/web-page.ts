import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** The built pages: beside the bundle, or in dist/ for a program that runs from its sources. */
const FOLDER = fileURLToPath(
  new URL(extname(import.meta.url) === ".ts" ? "../../dist/web/" : "web/", import.meta.url),
);

/** Pages load scripts, styles and data from their own origin only, and cannot be framed. */
const OWN_ORIGIN =
  "default-src 'none'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The dashboards have no inline styles, and no text becomes code. */
const DASHBOARDS_POLICY = `${OWN_ORIGIN}; style-src 'self'; require-trusted-types-for 'script'`;

/** The dialogs of GraphiQL add style elements. It renders the Markdown of descriptions as HTML. */
const EXPLORER_POLICY = `${OWN_ORIGIN}; style-src 'self' 'unsafe-inline'`;

/** A year: the names of these files contain a hash of their content. */
const HASHED = { maxAge: "365d", immutable: true };

/** The text of a page, for instance "introspection-off.html". */
export function readPage(name: string): Promise<string> {
  return readFile(`${FOLDER}${name}`, "utf8");
}

interface WebPageOptions {
  /** Whether clients may read the schema, which the explorer needs. */
  readonly introspection: boolean;
}

/** Adds the pages / and /explorer, and their files, /assets/*. They need no credentials and no database. */
export async function addWebPages(server: FastifyInstance, { introspection }: WebPageOptions): Promise<void> {
  await server.register(fastifyStatic, {
    root: FOLDER,
    serve: false,
    // The build compresses the files.
    preCompressed: true,
  });
  // The handlers return nothing: for a returned reply, Fastify adds listeners until Node.js warns of a leak.
  const addPage = (path: string, file: string, policy: string) =>
    server.get(path, (_request, reply) => {
      reply
        .header("content-security-policy", policy)
        .header("cache-control", "no-cache")
        .sendFile(file, { cacheControl: false });
    });
  addPage("/", "index.html", DASHBOARDS_POLICY);
  if (introspection) addPage("/explorer", "explorer/index.html", EXPLORER_POLICY);
  else addPage("/explorer", "introspection-off.html", DASHBOARDS_POLICY);
  server.get<{ Params: { "*": string } }>("/assets/*", (request, reply) => {
    reply.sendFile(`assets/${request.params["*"]}`, HASHED);
  });
}
