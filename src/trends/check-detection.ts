import { BadUserInput, type InputProblem } from "../errors.ts";
import { type Detection, SHORTEST_HISTORY } from "./detect-anomalies.ts";

/** The longest history that a job is seen against. */
export const LONGEST_WINDOW = 200;

/**
 * Refuses what no job can be judged with.
 * @throws BadUserInput naming each problem.
 */
export function checkDetection({ window, sensitivity }: Detection): void {
  const problems: InputProblem[] = [];
  if (window < SHORTEST_HISTORY || window > LONGEST_WINDOW) {
    problems.push({ path: "window", message: `must be from ${SHORTEST_HISTORY} to ${LONGEST_WINDOW}` });
  }
  if (!(sensitivity > 0 && Number.isFinite(sensitivity))) {
    problems.push({ path: "sensitivity", message: "must be a number above 0" });
  }
  if (problems.length > 0) throw new BadUserInput(problems);
}
