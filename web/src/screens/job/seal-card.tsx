import { useApi } from "../../api.tsx";
import { type IntegrityStatus, JobIntegrityDocument } from "../../generated.ts";
import { Loaded } from "../../parts/states.tsx";
import { Time } from "../../time.tsx";

const TITLES: Readonly<Record<IntegrityStatus, string>> = {
  OK: "Intact",
  NOT_YET_SEALED: "Not sealed yet",
  ALTERED: "Altered",
  BACKDATED: "Backdated",
  POSTDATED: "Postdated",
  RETURNED: "Stored again after its removal",
  BROKEN_CHAIN: "Broken chain",
  UNKNOWN_FORM: "Sealed by a newer version",
};

const MARKS: Readonly<Partial<Record<IntegrityStatus, string>>> = {
  OK: "✓",
  NOT_YET_SEALED: "…",
  UNKNOWN_FORM: "?",
};

/** The comparison of the job with its seal. The server reads all resources for it, so that it is a query of its own. */
export function SealCard({ jobId }: { readonly jobId: string }) {
  const result = useApi(JobIntegrityDocument, { id: jobId });
  return (
    <section class="card">
      <h2>Seal</h2>
      <Loaded result={result} lines={2}>
        {({ job }) =>
          job?.integrity && (
            <>
              <p class={`big seal ${job.integrity.status in MARKS ? "" : "broken"}`}>
                <span aria-hidden="true">{MARKS[job.integrity.status] ?? "✗"} </span>
                {TITLES[job.integrity.status]}
              </p>
              <p class="note">
                {job.integrity.message}
                {job.integrity.sealedAt !== null && (
                  <>
                    {" "}
                    Sealed <Time value={job.integrity.sealedAt} />
                    {job.integrity.position !== null && ` at position ${job.integrity.position}`}.
                  </>
                )}
              </p>
              {job.integrity.contentHash !== null && (
                <details>
                  <summary>SHA-256</summary>
                  <code>{job.integrity.contentHash}</code>
                </details>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  );
}
