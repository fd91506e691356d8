import { createLog } from "../../src/telemetry/log.ts";

/** A line of the service's log, as a log store reads it. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A log whose lines a test reads. */
export function createTestLog(level: "trace" | "debug" | "info" = "info") {
  const texts: string[] = [];
  const waiting = new Set<() => void>();
  let taken = 0;
  const log = createLog(
    { logLevel: level },
    {
      write(text: string) {
        texts.push(text);
        for (const look of waiting) look();
      },
    },
  );
  /** Waits until a number of further requests have ended, which is a moment after the response, and returns their lines. */
  const requestLines = async (count: number): Promise<LogLine[]> => {
    const found = () => texts.map((text): LogLine => JSON.parse(text)).filter(({ msg }) => msg === "request");
    while (found().length < taken + count) {
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
    waiting.clear();
    const lines = found().slice(taken);
    taken += lines.length;
    return lines;
  };
  return { log, texts, requestLines };
}
