/** `npm run schema`: writes schema.graphql. */
import { writeFile } from "node:fs/promises";
import { printSchema } from "graphql";
import { createSchema } from "../src/server/graphql/schema.ts";

await writeFile("schema.graphql", `${printSchema(await createSchema())}\n`);
