/**
 * The URL whose sessions begin with these settings of PostgreSQL, which costs no statement. What the URL or PGOPTIONS
 * ask for beside that is kept.
 */
export function withSettings(url: string, settings: Readonly<Record<string, string | number>>): string {
  const changed = new URL(url);
  const options = changed.searchParams.get("options") ?? process.env.PGOPTIONS ?? "";
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  changed.searchParams.set("options", [options, ...added].join(" ").trim());
  return changed.href;
}
