import { existsSync } from "node:fs";

/** The usual places of Chromium and Chrome: Debian, Ubuntu, Fedora, Alpine, macOS. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The Chromium of this machine: CHROMIUM_PATH, or one of the usual places; undefined: none is installed. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM_PATH ?? "", ...PLACES].find((path) => path !== "" && existsSync(path));
}

/** The sandbox of Chromium cannot start as root. The tests open their own pages only. */
export const CHROMIUM_ARGS = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
