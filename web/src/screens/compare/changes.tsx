import { useState } from "preact/hooks";
import { Amount, Delta } from "../../amount.tsx";
import { useApi } from "../../api.tsx";
import {
  type ChangeKind,
  ChangesDocument,
  type ChangesQuery,
  type CompareQuery,
  ComponentsDocument,
} from "../../generated.ts";
import { Address } from "../../parts/address.tsx";
import { ExpandableRow } from "../../parts/expandable-row.tsx";
import { FIRST_PAGE, type Page, Pager, pageOf } from "../../parts/pager.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Here, hrefWith } from "../../route.ts";

const PAGE_SIZE = 50;

/** The kinds of changes that alter a cost. They are the default list. */
const COST_CHANGES: readonly ChangeKind[] = [
  "ADDED",
  "REMOVED",
  "CHANGED",
  "NEWLY_PRICED",
  "BECAME_UNPRICED",
];

const TITLES: Readonly<Record<ChangeKind, string>> = {
  ADDED: "Added",
  REMOVED: "Removed",
  CHANGED: "Changed",
  NEWLY_PRICED: "Newly priced",
  BECAME_UNPRICED: "Cost became unknown",
  MOVED: "Moved",
  UNCHANGED: "Unchanged",
};

type Summary = CompareQuery["compareJobs"]["summary"];

const COUNTS: Readonly<Record<ChangeKind, Exclude<keyof Summary, "unattributed">>> = {
  ADDED: "added",
  REMOVED: "removed",
  CHANGED: "changed",
  NEWLY_PRICED: "newlyPriced",
  BECAME_UNPRICED: "becameUnpriced",
  MOVED: "moved",
  UNCHANGED: "unchanged",
};

interface Pair {
  readonly base: string;
  readonly target: string;
  readonly currency: string;
}

interface ChangesProps extends Pair {
  readonly summary: Summary;
  readonly here: Here;
}

/** The changes of resources, biggest first, by the kind in the URL. Moved resources cost the same, and are folded. */
export function Changes({ summary, here, ...pair }: ChangesProps) {
  const kind = kindOf(here.params);
  const countOf = (change: ChangeKind) => summary[COUNTS[change]].resourceCount;
  const kinds = (Object.keys(TITLES) as ChangeKind[]).filter(
    (change) => countOf(change) > 0 || change === kind,
  );
  return (
    <section class="card">
      <h2>Resources</h2>
      <nav class="row" aria-label="Kinds of changes">
        <a
          class="chip"
          href={hrefWith(here, { ...FIRST_PAGE, kind: undefined })}
          aria-current={kind === undefined ? "true" : undefined}
        >
          All changes of costs {COST_CHANGES.reduce((sum, change) => sum + countOf(change), 0)}
        </a>
        {kinds.map((change) => (
          <a
            key={change}
            class="chip"
            href={hrefWith(here, { ...FIRST_PAGE, kind: change })}
            aria-current={kind === change ? "true" : undefined}
          >
            {TITLES[change]} {countOf(change)}
          </a>
        ))}
      </nav>
      <ChangeList {...pair} changes={kind === undefined ? COST_CHANGES : [kind]} here={here} />
      {kind === undefined && countOf("MOVED") > 0 && <Moved {...pair} count={countOf("MOVED")} here={here} />}
    </section>
  );
}

/** The kind in the URL; undefined: all changes of costs. */
function kindOf(params: URLSearchParams): ChangeKind | undefined {
  const kind = params.get("kind");
  return (Object.keys(TITLES) as ChangeKind[]).find((change) => change === kind);
}

interface ChangeListProps extends Pair {
  readonly changes: readonly ChangeKind[];
  readonly here: Here;
}

function ChangeList({ base, target, currency, changes, here }: ChangeListProps) {
  const kinds = [...changes];
  const page = pageOf(here.params, PAGE_SIZE);
  const result = useApi(ChangesDocument, { base, target, changes: kinds, ...page });
  return (
    <Loaded result={result}>
      {({ compareJobs: { resources } }) =>
        resources.edges.length === 0 ? (
          <Empty title="No change">
            <p>No resource has a change of this kind.</p>
          </Empty>
        ) : (
          <>
            <ChangeTable
              edges={resources.edges}
              pair={{ base, target, currency }}
              changes={kinds}
              page={page}
            />
            <Pager
              pageInfo={resources.pageInfo}
              here={here}
              previous="Bigger changes"
              next="Smaller changes"
            />
          </>
        )
      }
    </Loaded>
  );
}

const FIRST_MOVED = { first: PAGE_SIZE, after: null, last: null, before: null };

interface MovedProps extends Pair {
  readonly count: number;
  readonly here: Here;
}

/** Loaded when it is opened. Further pages are those of the kind Moved. */
function Moved({ base, target, currency, count, here }: MovedProps) {
  const [isOpen, setOpen] = useState(false);
  const changes: ChangeKind[] = ["MOVED"];
  const result = useApi(ChangesDocument, { base, target, changes, ...FIRST_MOVED }, { pause: !isOpen });
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{count} moved to another address at the same cost</summary>
      {isOpen && (
        <Loaded result={result} lines={3}>
          {({ compareJobs: { resources } }) => (
            <>
              <ChangeTable
                edges={resources.edges}
                pair={{ base, target, currency }}
                changes={changes}
                page={FIRST_MOVED}
              />
              {resources.pageInfo.hasNextPage && (
                <a class="chip" href={hrefWith(here, { ...FIRST_PAGE, kind: "MOVED" })}>
                  All {count}
                </a>
              )}
            </>
          )}
        </Loaded>
      )}
    </details>
  );
}

type Edge = ChangesQuery["compareJobs"]["resources"]["edges"][number];

interface ChangeTableProps {
  readonly edges: readonly Edge[];
  readonly pair: Pair;
  readonly changes: ChangeKind[];
  /** The position of the list. */
  readonly page: Page;
}

function ChangeTable({ edges, pair, changes, page }: ChangeTableProps) {
  return (
    <ScrollRegion label="Changes of resources">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col" class="number">
              Difference ({pair.currency})
            </th>
            <th scope="col" class="number">
              Base
            </th>
            <th scope="col" class="number">
              Target
            </th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ cursor, node }, i) => (
            <ExpandableRow
              key={cursor}
              label={`Components of ${node.resourceId}`}
              title={<Addresses change={node} />}
              cells={<AmountCells change={node} />}
              columns={5}
            >
              <Components {...pair} changes={changes} page={pageOfRow(edges, i, page)} />
            </ExpandableRow>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Addresses({ change: { resourceId, previousResourceId } }: { readonly change: Edge["node"] }) {
  return (
    <>
      <Address text={resourceId} />
      {previousResourceId !== null && (
        <span class="note">
          {" "}
          was <Address text={previousResourceId} />
        </span>
      )}
    </>
  );
}

function AmountCells({ change }: { readonly change: Edge["node"] }) {
  return (
    <>
      <td class="number">
        <Delta value={change.delta} percentage={change.percentageChange} />
      </td>
      <td class="number">{change.base === null ? "–" : <Amount value={change.base.totalMonthlyCost} />}</td>
      <td class="number">
        {change.target === null ? "–" : <Amount value={change.target.totalMonthlyCost} />}
      </td>
      <td>{TITLES[change.change]}</td>
    </>
  );
}

/** The arguments of a page of one row: next to its neighbour, or alone in the list. */
export function pageOfRow(edges: readonly { readonly cursor: string }[], row: number, page: Page): Page {
  const after = edges[row - 1]?.cursor;
  if (after !== undefined) return { first: 1, after, last: null, before: null };
  const before = edges[row + 1]?.cursor;
  if (before !== undefined) return { first: null, after: null, last: 1, before };
  return page.last === null ? { ...page, first: 1 } : { ...page, last: 1 };
}

interface ComponentsProps extends Pair {
  readonly changes: ChangeKind[];
  readonly page: Page;
}

function Components({ base, target, currency, changes, page }: ComponentsProps) {
  const result = useApi(ComponentsDocument, { base, target, changes, ...page });
  return (
    <Loaded result={result} lines={3}>
      {({ compareJobs: { resources } }) => {
        const components = resources.nodes[0]?.components ?? [];
        if (components.length === 0) return <p class="note">The estimator states no cost components.</p>;
        return (
          <table class="components">
            <thead>
              <tr>
                <th scope="col">Component</th>
                <th scope="col" class="number">
                  Price
                </th>
                <th scope="col" class="number">
                  Quantity per month
                </th>
                <th scope="col" class="number">
                  Difference ({currency})
                </th>
              </tr>
            </thead>
            <tbody>
              {components.map((component, i) => (
                // Names are not unique, and the list never changes.
                <tr key={i}>
                  <th scope="row">
                    <bdi>{component.name}</bdi>
                    {component.unit !== null && <span class="note"> ({component.unit})</span>}
                  </th>
                  <td class="number">
                    <FromTo base={component.basePrice} target={component.targetPrice} />
                  </td>
                  <td class="number">
                    <FromTo base={component.baseQuantity} target={component.targetQuantity} />
                  </td>
                  <td class="number">
                    {component.change === "BECAME_UNPRICED" || component.change === "NEWLY_PRICED" ? (
                      <span class="unknown">unknown</span>
                    ) : (
                      <Delta value={component.delta} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        );
      }}
    </Loaded>
  );
}

/** A price or a quantity in both jobs. Either can be missing. */
function FromTo({ base, target }: { readonly base: string | null; readonly target: string | null }) {
  if (base === target) return <Stated value={target} />;
  return (
    <>
      <Stated value={base} /> → <Stated value={target} />
    </>
  );
}

function Stated({ value }: { readonly value: string | null }) {
  return value === null ? <>–</> : <Amount value={value} />;
}
