import { type LiveState, useLiveState } from "../live.ts";

const NOTES: Readonly<Record<LiveState, string>> = {
  connecting: "",
  live: "Live",
  reconnecting: "Connection lost, reconnecting…",
  off: "Live updates are off. Reload the page to see new estimates.",
};

/** Whether the screen shows new estimates by itself. */
export function LiveNote() {
  const state = useLiveState();
  return (
    <span class={`note live-note ${state}`} role="status">
      {NOTES[state]}
    </span>
  );
}
