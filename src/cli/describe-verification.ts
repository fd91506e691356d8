import type { Verification } from "../integrity/verify.ts";
import { pluralize } from "../lib/text.ts";

/** What was found, for people: the problems, the first one first, and what was looked at. */
export function describeVerification(found: Verification): string {
  const more = found.problemCount - found.problems.length;
  const compared = `${pluralize(found.jobs, "job")} with ${pluralize(found.resources, "resource")} compared`;
  const checked = `${pluralize(found.entries, "entry", "entries")} of the chain checked`;
  const lines = [
    found.problemCount === 0
      ? "OK: what is stored is what was sealed."
      : `${pluralize(found.problemCount, "does", "do")} not fit:`,
    ...found.problems.map(({ code, message }) => `  ${code}  ${message}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `${compared}, ${found.purged} purged, ${found.unsealed} not yet sealed; ${checked}.`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The same for programs: one line of JSON. */
export function jsonOf(found: Verification): string {
  return `${JSON.stringify({ ok: found.problemCount === 0, ...found })}\n`;
}
