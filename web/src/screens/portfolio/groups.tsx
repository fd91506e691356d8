import { Amount, formatCount } from "../../amount.tsx";
import { type BarItem, BarList } from "../../charts/bar-list.tsx";
import { isZero } from "../../decimal.ts";
import type { PortfolioGroup, PortfolioQuery } from "../../generated.ts";
import { type Here, routeTo, setParams } from "../../route.ts";

/** The groupings by their name in the URL, with their title, and the title of a group without a key. */
const GROUPINGS: Readonly<Record<string, readonly [PortfolioGroup, title: string, none: string]>> = {
  service: ["SERVICE", "Service", ""],
  region: ["REGION", "Region", ""],
  tag: ["TAG", "Tag", "Without the tag"],
  label: ["LABEL", "Label", "Without the label"],
  provider: ["PROVIDER", "Provider", "Another provider"],
  type: ["RESOURCE_TYPE", "Resource type", ""],
  module: ["MODULE", "Module", "Root module"],
  profile: ["PROFILE", "Usage profile", "No usage profile"],
  branch: ["BRANCH", "Branch", "No branch"],
  project: ["PROJECT", "Project", ""],
};

/** The grouping of a URL: by service by default. Tags and labels need a key; without one, all is one group. */
export function groupingOf(params: URLSearchParams) {
  const by = params.get("by") ?? "";
  const name = Object.hasOwn(GROUPINGS, by) ? by : "service";
  const [groupBy = "SERVICE", , none = ""] = GROUPINGS[name] ?? [];
  const needsKey = groupBy === "TAG" || groupBy === "LABEL";
  const key = needsKey ? params.get("key") : null;
  const isAsked = !needsKey || (key !== null && key !== "");
  return {
    name,
    none,
    needsKey,
    isAsked,
    key: isAsked ? key : null,
    groupBy: isAsked ? groupBy : ("TOTAL" as const),
  };
}

interface GroupsProps {
  readonly here: Here;
  readonly groups: PortfolioQuery["portfolio"]["groups"];
  readonly total: PortfolioQuery["portfolio"]["totals"][number] | undefined;
  readonly isStale: boolean;
}

/** The parts of the total of one currency. */
export function Groups({ here, groups, total, isStale }: GroupsProps) {
  const { name, none, needsKey, isAsked, key } = groupingOf(here.params);
  const items = groups.map((group): BarItem => {
    const label = group.isOther ? "All others" : (group.key ?? none);
    return {
      key: `${group.isOther} ${group.key}`,
      label: label === "" ? "(empty)" : label,
      value: group.totalMonthlyCost,
      unpriced: group.unpricedResourceCount,
      note: name === "project" || name === "branch" ? undefined : countOf(group.resourceCount),
      href: name === "project" && group.key !== null ? routeTo("p", group.key) : undefined,
      isMuted: group.isOther || group.key === null,
    };
  });
  return (
    <section class="card" aria-busy={isStale}>
      <div class="row head">
        <h2>Parts of the total</h2>
        <label class="row">
          by
          <select
            value={name}
            onChange={({ currentTarget }) => setParams({ by: currentTarget.value, key: undefined })}
          >
            {Object.entries(GROUPINGS).map(([value, [, title]]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {needsKey && <KeyForm name={name} value={key ?? ""} />}
      {!isAsked && <p class="note">Enter the key of the {name}, for instance team or env.</p>}
      {isAsked && total === undefined && <p class="note">No current job.</p>}
      {isAsked && total !== undefined && (
        <>
          <BarList items={items} currency={total.currency} label={`Cost per month by ${name}`} />
          {!isZero(total.unattributed) && (
            <p class="note">
              In no group: <Amount value={total.unattributed} currency={total.currency} />. Totals of
              estimates can hold more than their parts.
            </p>
          )}
        </>
      )}
    </section>
  );
}

function countOf(resources: number): string {
  return resources === 1 ? "1 resource" : `${formatCount(resources)} resources`;
}

function KeyForm({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        setParams({ key: String(new FormData(event.currentTarget).get("key")).trim() });
      }}
    >
      <input
        key={value}
        name="key"
        defaultValue={value}
        aria-label={`Key of the ${name}`}
        placeholder={`Key of the ${name}`}
        maxLength={512}
      />
      <button type="submit">Group</button>
    </form>
  );
}
