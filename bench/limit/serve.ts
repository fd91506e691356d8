/** The limit: a bare web server. POST /NAME runs NAME.sql, which makes the JSON text of the whole answer itself. */
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { Pool } from "pg";
import { listenForParent } from "../servers/listen-for-parent.ts";

/**
 * Planned for each set of values: over many rows the generic plan is worse (the trend 2.0 s instead of 1.1).
 * The others are prepared, so that PostgreSQL parses and plans them once a connection.
 */
const PLANNED_EACH_TIME = new Set<string | undefined>(["/compare", "/trend", "/store"]);

const folder = import.meta.dirname;
const files = (await readdir(folder)).filter((file) => file.endsWith(".sql"));
const statements = new Map<string, string>(
  await Promise.all(
    files.map(
      async (file) => [`/${file.slice(0, -4)}`, await readFile(`${folder}/${file}`, "utf8")] as const,
    ),
  ),
);
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
});

const server = createServer(async (request, response) => {
  const text = statements.get(request.url ?? "");
  if (text === undefined) return response.writeHead(404).end();
  try {
    const values: unknown[] = JSON.parse((await buffer(request)).toString());
    const name = PLANNED_EACH_TIME.has(request.url) ? undefined : request.url;
    const { rows } = await pool.query<[string]>({ name, text, values, rowMode: "array" });
    const body = Buffer.from(rows[0]?.[0] ?? "");
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
listenForParent(server);
