import { useMutation } from "@urql/preact";
import { useRef } from "preact/hooks";
import { problemOf } from "../api.tsx";
import { ExcludeJobDocument, IncludeJobDocument } from "../generated.ts";
import { useViewer } from "../viewer.ts";

/** The longest reason of the API. */
const MAX_REASON = 1_000;

interface ExclusionProps {
  readonly jobId: string;
  readonly isExcluded: boolean;
}

/** The button that excludes a job from its series, or ends its exclusion, for a viewer with the scope admin. */
export function ExclusionButton({ jobId, isExcluded }: ExclusionProps) {
  const viewer = useViewer();
  const dialog = useRef<HTMLDialogElement>(null);
  const [excluded, exclude] = useMutation(ExcludeJobDocument);
  const [included, include] = useMutation(IncludeJobDocument);
  const result = isExcluded ? included : excluded;
  if (viewer?.scope !== "ADMIN") return null;
  const title = isExcluded ? "Include this job" : "Exclude this job";
  const submit = async (form: HTMLFormElement) => {
    const reason = String(new FormData(form).get("reason")).trim();
    if (reason === "" && !isExcluded) return;
    const { error } = isExcluded
      ? // null is no reason; an empty one is refused.
        await include({ input: { jobId, reason: reason === "" ? null : reason } })
      : await exclude({ input: { jobId, reason } });
    if (error === undefined) dialog.current?.close();
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        {title}
      </button>
      <dialog ref={dialog} aria-labelledby="exclusion">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit(event.currentTarget);
          }}
        >
          <h2 id="exclusion">{title}</h2>
          <p>
            {isExcluded
              ? "The job is a member of its series again, and in the totals."
              : "The job stays readable. No trend, total, baseline or anomaly includes it."}{" "}
            The reason, your user and the time are recorded for good.
          </p>
          <label>
            Reason {isExcluded && "(optional)"}
            <input name="reason" maxLength={MAX_REASON} required={!isExcluded} autocomplete="off" />
          </label>
          {result.error && (
            <p class="problem" role="alert">
              {problemOf(result.error).message}
            </p>
          )}
          <div class="actions">
            <button type="submit" disabled={result.fetching}>
              {title}
            </button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
