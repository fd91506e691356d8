import type { ComponentChildren } from "preact";
import { Amount } from "../amount.tsx";
import { useApi } from "../api.tsx";
import { SearchDocument } from "../generated.ts";
import { Name } from "../parts/name.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { routeTo, type ScreenProps } from "../route.ts";
import { type FoundJob, type FoundProject, type FoundResource, groupResults } from "../search/groups.ts";
import { splitMatch } from "../search/match.ts";
import { Time } from "../time.tsx";

/** The results of each type: projects, jobs, resources. */
const FIRST = 30;

/** The least characters of a text. */
const LEAST = 2;

/** Projects, jobs and resources that have the text of the URL in them. */
export function SearchScreen({ params }: ScreenProps) {
  const text = (params.get("q") ?? "").trim();
  const isShort = [...text].length < LEAST;
  return (
    <>
      <h1>Search</h1>
      {isShort ? (
        <Empty title="Enter at least 2 characters">
          <p>
            The search box is at the top of the page. It finds projects, commits by the beginning of their
            hash, branches, pull requests, CI runs, values of labels, and the addresses of current resources.
          </p>
        </Empty>
      ) : (
        // The results of another text have other matches.
        <Results key={text} text={text} />
      )}
    </>
  );
}

function Results({ text }: { readonly text: string }) {
  const result = useApi(SearchDocument, { text, first: FIRST });
  return (
    <Loaded result={result}>
      {({ search }) => {
        const { projects, jobs, resources } = groupResults(search, text);
        return search.length === 0 ? (
          <Empty title="Nothing found">
            <p>
              Nothing has <q dir="auto">{text}</q> in it. Case does not matter. Try a part of the name, or the
              beginning of a commit hash.
            </p>
          </Empty>
        ) : (
          <div class="results">
            <ResultList title="Projects" items={projects}>
              {(project) => <ProjectResult key={project.name} project={project} text={text} />}
            </ResultList>
            {jobs.map(({ title, found }) => (
              <ResultList key={title} title={title} items={found}>
                {({ job, value }) => <JobResult key={job.id} job={job} value={value} text={text} />}
              </ResultList>
            ))}
            <ResultList title="Resources" items={resources}>
              {(resource) => <ResourceResult key={resource.id} resource={resource} text={text} />}
            </ResultList>
          </div>
        );
      }}
    </Loaded>
  );
}

interface ResultListProps<Item> {
  readonly title: string;
  readonly items: readonly Item[];
  readonly children: (item: Item) => ComponentChildren;
}

function ResultList<Item>({ title, items, children }: ResultListProps<Item>) {
  if (items.length === 0) return null;
  return (
    <section class="card">
      <h2>
        {title} <span class="note">{items.length === FIRST ? `the first ${FIRST}` : items.length}</span>
      </h2>
      <ul class="list">{items.map(children)}</ul>
    </section>
  );
}

/** A text with its matched part. */
function Marked({ value, text }: { readonly value: string; readonly text: string }) {
  const [before, match, after] = splitMatch(value, text);
  return (
    <bdi class="name" title={value}>
      {before}
      {match !== "" && <mark>{match}</mark>}
      {after}
    </bdi>
  );
}

function ProjectResult({ project, text }: { readonly project: FoundProject; readonly text: string }) {
  return (
    <li>
      <a class="grow" href={routeTo("p", project.name)}>
        <Marked value={project.name} text={text} />
      </a>
      <span class="end">
        {project.totals.map(({ currency, totalMonthlyCost, unpricedResourceCount }) => (
          <Amount
            key={currency}
            value={totalMonthlyCost}
            currency={currency}
            unpriced={unpricedResourceCount}
          />
        ))}
        <span class="note">
          <Time value={project.lastJobAt} dateOnly />
        </span>
      </span>
    </li>
  );
}

interface JobResultProps {
  readonly job: FoundJob;
  readonly value: string;
  readonly text: string;
}

function JobResult({ job, value, text }: JobResultProps) {
  return (
    <li>
      <span class="grow">
        <a href={routeTo("j", job.id)}>
          <Marked value={value} text={text} />
        </a>
        <span class="note">
          {job.project !== null && <Name text={job.project} />}
          {job.branch !== null && job.branch !== value && (
            <>
              {" · "}
              <Name text={job.branch} />
            </>
          )}
          {" · "}
          <Time value={job.effectiveAt} />
        </span>
      </span>
      <span class="end">
        <Amount value={job.totalMonthlyCost} currency={job.currency} unpriced={job.unpricedResourceCount} />
      </span>
    </li>
  );
}

function ResourceResult({ resource, text }: { readonly resource: FoundResource; readonly text: string }) {
  const { resourceId, resourceType, cost, job } = resource;
  return (
    <li>
      <span class="grow">
        <a href={routeTo("j", job.id, { q: resourceId })}>
          <Marked value={resourceId} text={text} />
        </a>
        <span class="note">
          {job.project !== null && <Name text={job.project} />} · {resourceType}
        </span>
      </span>
      <span class="end">
        <Amount value={cost} currency={job.currency} />
      </span>
    </li>
  );
}
