/** `npm run openapi`: writes openapi.json. */
import { writeFile } from "node:fs/promises";
import { openapiText } from "../src/server/rest/openapi.ts";

await writeFile("openapi.json", openapiText());
