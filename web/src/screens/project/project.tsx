import { useState } from "preact/hooks";
import { formatCount, formatDecimal } from "../../amount.tsx";
import { ProjectDocument, type ProjectQuery } from "../../generated.ts";
import { useLiveApi } from "../../live.ts";
import { LiveNote } from "../../parts/live-note.tsx";
import { Name } from "../../parts/name.tsx";
import { FIRST_PAGE } from "../../parts/pager.tsx";
import { PushCommand } from "../../parts/push-command.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Here, hrefWith, routeTo, type ScreenProps } from "../../route.ts";
import { Time } from "../../time.tsx";
import { JobList } from "./job-list.tsx";
import { ProjectHistory } from "./project-history.tsx";
import { type Group, selectedGroup, seriesOf, tabOf } from "./series.ts";

/** The cost of one project over time, and its jobs. */
export function ProjectScreen({ object: name, params }: ScreenProps) {
  const branch = params.get("branch");
  const result = useLiveApi(
    ProjectDocument,
    { name, current: { project: name, branch } },
    { concerns: ({ project }) => project === name },
  );
  return (
    <>
      <div class="row head">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <span class="row">
          <LiveNote />
          <a class="chip" href={routeTo("anomalies", "", { project: name })}>
            Anomalies
          </a>
        </span>
      </div>
      <Loaded result={result} lines={12}>
        {({ project, portfolio }) =>
          project === null ? (
            <Empty title="No job of this project">
              <p>It has not been stored yet, or your token does not see it.</p>
              <PushCommand />
            </Empty>
          ) : (
            <Content {...{ project, portfolio, branch }} here={{ screen: "p", object: name, params }} />
          )
        }
      </Loaded>
    </>
  );
}

interface ContentProps {
  readonly project: NonNullable<ProjectQuery["project"]>;
  readonly portfolio: ProjectQuery["portfolio"];
  readonly branch: string | null;
  readonly here: Here;
}

function Content({ project, portfolio: { totals, groups }, branch, here }: ContentProps) {
  const [now] = useState(Date.now);
  const group = selectedGroup(groups, here.params);
  return (
    <>
      <p class="note flat">
        {formatCount(project.jobCount)} {project.jobCount === 1 ? "job" : "jobs"} from{" "}
        <Time value={project.firstJobAt} dateOnly /> to <Time value={project.lastJobAt} />
      </p>
      <Branches branches={project.branches} {...{ branch, here }} />
      {group === undefined ? (
        <>
          <Empty title={`No current job on ${branch === null ? "the default branch" : branch}`}>
            <p>
              Only complete jobs that are not excluded count. Select a branch above, or see the jobs below.
            </p>
          </Empty>
          <JobList here={here} filter={{ project: project.name, branch }} />
        </>
      ) : (
        <>
          <Tabs groups={groups} selected={group} here={here} />
          <ProjectHistory
            here={here}
            now={now}
            oldest={Date.parse(project.firstJobAt)}
            series={seriesOf(project.name, branch, group, groups)}
            amount={group}
            // A portfolio has the unsupported resources of all usage profiles together.
            unsupportedResourceCount={
              groups.filter(({ currency }) => currency === group.currency).length > 1
                ? null
                : (totals.find(({ currency }) => currency === group.currency)?.unsupportedResourceCount ??
                  null)
            }
          />
        </>
      )}
    </>
  );
}

interface TabsProps {
  readonly groups: readonly Group[];
  readonly selected: Group;
  readonly here: Here;
}

/** The usage profiles and the currencies of the project, if it has several. */
function Tabs({ groups, selected, here }: TabsProps) {
  if (groups.length < 2) return null;
  return (
    <nav class="row tabs" aria-label="Usage profiles and currencies">
      {groups.map((group) => (
        <a
          key={tabOf(group)}
          class="tab"
          href={hrefWith(here, { ...FIRST_PAGE, tab: tabOf(group), hide: undefined })}
          aria-current={group === selected ? "true" : undefined}
          title={`${formatDecimal(group.totalMonthlyCost)} ${group.currency} per month`}
        >
          {group.key ?? "No profile"} <span class="note">{group.currency}</span>
        </a>
      ))}
    </nav>
  );
}

interface BranchesProps {
  readonly branches: NonNullable<ProjectQuery["project"]>["branches"];
  readonly branch: string | null;
  readonly here: Here;
}

/** The branches, newest first. The plot shows the selected one beside the default branch. */
function Branches({ branches: { nodes, totalCount }, branch, here }: BranchesProps) {
  const names = nodes.flatMap(({ name, isDefault }) => (name === null || isDefault ? [] : [name]));
  // A link can name a branch that is not among the newest ones.
  if (branch !== null && !names.includes(branch)) names.unshift(branch);
  if (names.length === 0) return null;
  const chip = (name: string | null, title: string) => (
    <a
      key={title}
      class="chip"
      href={hrefWith(here, { ...FIRST_PAGE, branch: name ?? undefined, hide: undefined })}
      aria-current={branch === name ? "true" : undefined}
    >
      <Name text={title} />
    </a>
  );
  return (
    <nav class="row" aria-label="Branches">
      {chip(null, "Default branch")}
      {names.map((name) => chip(name, name))}
      {totalCount > nodes.length && (
        <span class="note">and {formatCount(totalCount - nodes.length)} older branches</span>
      )}
    </nav>
  );
}
