import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";

/** The built page: beside the bundle, or in dist/ for a program that runs from its sources. */
const FOLDER = fileURLToPath(
  new URL(extname(import.meta.url) === ".ts" ? "../../dist/web/" : "web/", import.meta.url),
);

/** The page loads scripts, styles and data from its own origin only, and no text as code. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** A year: the names of these files contain a hash of their content. */
const HASHED = { maxAge: "365d", immutable: true };

/** Adds the route of the page, /, and of its files, /assets/*. They need no credentials and no database. */
export async function addWebPage(server: FastifyInstance): Promise<void> {
  await server.register(fastifyStatic, {
    root: FOLDER,
    serve: false,
    // The build compresses the files.
    preCompressed: true,
  });
  server.get("/", (_request, reply) =>
    reply
      .header("content-security-policy", POLICY)
      .header("cache-control", "no-cache")
      .sendFile("index.html", { cacheControl: false }),
  );
  server.get<{ Params: { "*": string } }>("/assets/*", (request, reply) =>
    reply.sendFile(`assets/${request.params["*"]}`, HASHED),
  );
}
