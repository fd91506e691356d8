import { parseConnectionString } from "./connection-string.ts";

/**
 * The URL whose sessions begin with these settings of PostgreSQL, which costs no statement. What the URL or PGOPTIONS
 * ask for beside that is kept.
 */
export function withSettings(url: string, settings: Readonly<Record<string, string | number>>): string {
  const [address = "", query = ""] = url.split(/\?(.*)/s);
  const others = query.split("&").filter((pair) => pair !== "" && !pair.startsWith("options="));
  const options = parseConnectionString(url).options ?? process.env.PGOPTIONS ?? "";
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return `${address}?${[...others, `options=${encodeURIComponent([options, ...added].join(" ").trim())}`].join("&")}`;
}
