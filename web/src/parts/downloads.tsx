import { useState } from "preact/hooks";
import { credentials, storedToken } from "../token.ts";

const FORMATS = [
  { suffix: "csv", title: "CSV" },
  { suffix: "focus.csv", title: "FOCUS" },
  { suffix: "json", title: "JSON" },
];

type State = "idle" | "loading" | { readonly failure: string };

/** The exports of a job. A link cannot send a token, and a token in a URL would be in logs: a request fetches the file. */
export function Downloads({ jobId }: { readonly jobId: string }) {
  const [state, setState] = useState<State>("idle");
  const download = async (url: string, name: string) => {
    setState("loading");
    try {
      saveAs(await fetchFile(url), name);
      setState("idle");
    } catch (error) {
      setState({ failure: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <fieldset class="row group">
      <legend>Download</legend>
      {FORMATS.map(({ suffix, title }) => {
        const name = `${jobId}.${suffix}`;
        const url = `/api/v1/jobs/${jobId}/resources.${suffix}`;
        return (
          <a
            key={suffix}
            class="chip"
            href={url}
            download={name}
            onClick={(event) => {
              // Without a token the browser streams the file to the disk.
              if (storedToken() === null) return;
              event.preventDefault();
              if (state !== "loading") void download(url, name);
            }}
          >
            {title}
          </a>
        );
      })}
      <span role="status">
        {state === "loading" && "Downloading…"}
        {typeof state === "object" && <span class="problem">{state.failure}</span>}
      </span>
    </fieldset>
  );
}

async function fetchFile(url: string): Promise<Blob> {
  const response = await fetch(url, { headers: credentials() });
  if (!response.ok)
    throw new Error(`The download failed: the server answered with status ${response.status}.`);
  return response.blob();
}

function saveAs(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has started to read the file when the click returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
