import type { Scale } from "../measure/scale.ts";
import { markdownTable, short } from "./markdown.ts";
import { verdict } from "./verdict.ts";

/** So much longer may the large database take. */
const MOST = 1.3;

/** The questions with their times at both sizes. */
export function scaleTable(scales: readonly Scale[], smallJobs: number, largeJobs: number): string {
  return markdownTable(
    [
      "question",
      `ms at ${smallJobs.toLocaleString("en")} jobs`,
      `at ${largeJobs.toLocaleString("en")}`,
      "times",
      "mark",
      "",
    ],
    scales.map(({ question, small, large, mostMs }) => [
      question,
      short(small),
      short(large),
      short(large / small),
      mostMs === undefined ? `at most ${MOST}` : `at most ${mostMs} ms`,
      verdict(mostMs === undefined ? large / small <= MOST : large <= mostMs),
    ]),
  );
}
