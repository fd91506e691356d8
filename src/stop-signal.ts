import { constants } from "node:os";

/** npm repeats the terminal's Ctrl-C to the program it has started; nobody presses it twice so quickly. */
const ECHO_MS = 500;

const PARENT_CHECK_MS = 500;

/**
 * Waits to be told to stop: by Ctrl-C (SIGINT) or SIGTERM. Told once more while stopping, the process ends at once;
 * an embedded PostgreSQL then goes on, and is found by the next start.
 */
export function stopSignal(onStop: (signal: NodeJS.Signals) => void): Promise<void> {
  let since: number | undefined;
  return new Promise((resolve) => {
    const told = (signal: NodeJS.Signals) => {
      if (since === undefined) {
        since = Date.now();
        onStop(signal);
        resolve();
      } else if (Date.now() - since > ECHO_MS) {
        // As a shell reports a program that a signal has ended.
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", told);
    process.on("SIGTERM", told);
    if (process.env.npm_lifecycle_event !== undefined) whenParentEnds(() => told("SIGTERM"));
  });
}

/**
 * npm hands a signal to the shell that it has started us in; the shell ends of it and tells nobody (`npm start` in
 * a container, or under a service manager). So the end of that shell is taken for the signal.
 */
function whenParentEnds(onEnd: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onEnd();
  }, PARENT_CHECK_MS).unref();
}
