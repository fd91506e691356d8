/** Loaded into our server before its own code (--import): tells the bench how long its event loop was blocked. */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 5;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.on("message", () => {
  process.send?.(delay.max / 1e6);
  delay.reset();
});
// Listening must not keep a server alive that wants to end.
process.channel?.unref();
