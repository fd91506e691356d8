import type { ComponentChildren } from "preact";
import type { JobQuery } from "../../generated.ts";
import { ExternalLink } from "../../parts/external-link.tsx";
import { Name } from "../../parts/name.tsx";
import { routeTo } from "../../route.ts";
import { Time } from "../../time.tsx";

/** The job of the screen. */
export type Job = NonNullable<JobQuery["job"]>;

/** The origin of a job: commit, pull request, run, estimator and labels. Facts that were not stated have no row. */
export function JobFacts({ job }: { readonly job: Job }) {
  const labels = Object.entries(job.labels);
  return (
    <section class="card">
      <h2>Origin</h2>
      <dl class="facts">
        <Commit job={job} />
        <Fact title="Pull request" value={job.pullRequestUrl ?? job.pullRequestTitle}>
          <ExternalLink url={job.pullRequestUrl}>
            <Name text={job.pullRequestTitle ?? job.pullRequestUrl ?? ""} />
          </ExternalLink>
          {job.targetBranch !== null && (
            <span class="note">
              {" "}
              into <Name text={job.targetBranch} />
            </span>
          )}
        </Fact>
        <Fact title="CI run" value={job.runId ?? job.runUrl}>
          {job.runId !== null && <a href={routeTo("run", job.runId)}>All projects of this run</a>}
          {job.runUrl !== null && (
            <>
              {job.runId !== null && " · "}
              <ExternalLink url={job.runUrl}>Log of the run</ExternalLink>
            </>
          )}
        </Fact>
        <Fact title="Estimator" value={job.estimator}>
          {job.estimator}
        </Fact>
        <Fact title="Estimated" value={job.estimatedAt}>
          {job.estimatedAt !== null && <Time value={job.estimatedAt} />}
        </Fact>
        <Fact title="Stored" value={job.createdAt}>
          <Time value={job.createdAt} />
          {job.userId !== null && (
            <>
              {" "}
              by <Name text={job.userId} />
            </>
          )}
        </Fact>
        <Fact title="Labels" value={labels.length > 0 ? "labels" : null}>
          <span class="row">
            {labels.map(([key, value]) => (
              <span class="chip" key={key}>
                <Name text={`${key}: ${jsonText(value)}`} />
              </span>
            ))}
          </span>
        </Fact>
        <Fact title="Plan" value={job.terraformPlanHash}>
          <code>{job.terraformPlanHash}</code>
        </Fact>
        <Fact title="Job" value={job.id}>
          <code>{job.id}</code>
        </Fact>
      </dl>
    </section>
  );
}

/** The characters of a commit that people read. */
const SHORT_SHA = 10;

function Commit({ job }: { readonly job: Job }) {
  const { commitSha, commitUrl, commitMessage, commitAuthor, committedAt } = job;
  return (
    <Fact title="Commit" value={commitSha ?? commitUrl}>
      <ExternalLink url={commitUrl}>
        <code title={commitSha ?? undefined}>{commitSha?.slice(0, SHORT_SHA) ?? "commit"}</code>
      </ExternalLink>{" "}
      {commitMessage !== null && <Name text={commitMessage} />}
      {commitAuthor !== null && (
        <span class="note">
          {" "}
          by <Name text={commitAuthor} />
        </span>
      )}
      {committedAt !== null && (
        <span class="note">
          {" "}
          · <Time value={committedAt} />
        </span>
      )}
    </Fact>
  );
}

interface FactProps {
  readonly title: string;
  /** null: not stated. */
  readonly value: string | null;
  readonly children: ComponentChildren;
}

function Fact({ title, value, children }: FactProps) {
  if (value === null) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The text of a label or a tag: a string as it is, any other value as JSON. */
export function jsonText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
