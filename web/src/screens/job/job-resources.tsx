import { Amount } from "../../amount.tsx";
import { useApi } from "../../api.tsx";
import {
  JobResourcesDocument,
  type JobResourcesQuery,
  ResourceDetailsDocument,
  type ResourceFilter,
} from "../../generated.ts";
import { Address } from "../../parts/address.tsx";
import { ExpandableRow } from "../../parts/expandable-row.tsx";
import { Name } from "../../parts/name.tsx";
import { FIRST_PAGE, Pager, pageOf } from "../../parts/pager.tsx";
import { ScrollRegion } from "../../parts/scroll-region.tsx";
import { SelectFilter } from "../../parts/select-filter.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { TextFilter } from "../../parts/text-filter.tsx";
import { hrefWith } from "../../route.ts";
import { type Job, jsonText } from "./job-facts.tsx";

/** The resources of a page. */
const PAGE_SIZE = 50;

interface JobResourcesProps {
  readonly job: Job;
  readonly params: URLSearchParams;
}

/** The resources of a job, most expensive first, by the filters in the URL. */
export function JobResources({ job, params }: JobResourcesProps) {
  const result = useApi(JobResourcesDocument, {
    id: job.id,
    filter: resourceFilter(params),
    ...pageOf(params, PAGE_SIZE),
  });
  const here = { screen: "j", object: job.id, params };
  if (job.resourceCount === 0) return <Empty title="The estimate has no resources" />;
  return (
    <section class="card">
      <h2>Resources</h2>
      <Filters job={job} params={params} />
      <Loaded result={result}>
        {({ job: loaded }) =>
          loaded === null || loaded.resources.totalCount === 0 ? (
            <Empty title="No resource matches">
              <a href={hrefWith(here, NO_FILTER)}>Show all resources</a>
            </Empty>
          ) : (
            <>
              <p class="note" role="status">
                {loaded.resources.totalCount} {loaded.resources.totalCount === 1 ? "resource" : "resources"}
                {isFiltered(params) && (
                  <>
                    {" "}
                    of {job.resourceCount} · <a href={hrefWith(here, NO_FILTER)}>Show all</a>
                  </>
                )}
              </p>
              <ResourceTable resources={loaded.resources.nodes} currency={job.currency} />
              <Pager
                pageInfo={loaded.resources.pageInfo}
                here={here}
                previous="More expensive"
                next="Less expensive"
              />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

const NO_FILTER = { ...FIRST_PAGE, q: "", service: "", region: "", module: "", tag: "" };

function isFiltered(params: URLSearchParams): boolean {
  return Object.keys(NO_FILTER).some((name) => !(name in FIRST_PAGE) && params.has(name));
}

/** The filter of the API for the parameters of the route. The tag is a key, or `key=value`. */
export function resourceFilter(params: URLSearchParams): ResourceFilter {
  const tag = params.get("tag") ?? "";
  const [key = "", ...value] = tag.split("=");
  return {
    search: params.get("q"),
    service: params.get("service"),
    region: params.get("region"),
    module: params.get("module"),
    tags: key === "" ? null : [{ key, value: tag.includes("=") ? value.join("=") : null }],
  };
}

function Filters({ job: { services, regions, modules }, params }: JobResourcesProps) {
  const value = (name: string) => params.get(name) ?? "";
  const moduleNames = modules.flatMap(({ key, isOther }) => (key === null || isOther ? [] : [key]));
  return (
    <div class="row filters">
      <TextFilter label="Address" name="q" value={value("q")} placeholder="aws_instance" />
      <SelectFilter
        label="Service"
        name="service"
        value={value("service")}
        options={services.map(({ service }) => service)}
      />
      <SelectFilter
        label="Region"
        name="region"
        value={value("region")}
        options={regions.map(({ region }) => region)}
      />
      {(moduleNames.length > 0 || params.has("module")) && (
        <SelectFilter label="Module" name="module" value={value("module")} options={moduleNames} />
      )}
      <TextFilter label="Tag" name="tag" value={value("tag")} placeholder="team=platform" />
    </div>
  );
}

type Resource = NonNullable<JobResourcesQuery["job"]>["resources"]["nodes"][number];

function ResourceTable({
  resources,
  currency,
}: {
  readonly resources: readonly Resource[];
  readonly currency: string;
}) {
  return (
    <ScrollRegion label="Resources">
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Resource</th>
            <th scope="col" class="number">
              Per month ({currency})
            </th>
            <th scope="col">Service</th>
            <th scope="col">Region</th>
          </tr>
        </thead>
        <tbody>
          {resources.map((resource) => (
            <ExpandableRow
              key={resource.id}
              label={`Details of ${resource.resourceId}`}
              title={<Address text={resource.resourceId} />}
              cells={
                <>
                  <td class="number">
                    <Amount value={resource.totalMonthlyCost} />
                  </td>
                  <td>
                    <Name text={resource.service} />
                  </td>
                  <td>
                    <Name text={resource.region} />
                  </td>
                </>
              }
              columns={4}
            >
              <ResourceDetails resource={resource} currency={currency} />
            </ExpandableRow>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

interface ResourceDetailsProps {
  readonly resource: Resource;
  readonly currency: string;
}

/** The parts of a cost, the tags, and the data of the estimator as it was sent. */
function ResourceDetails({ resource: { id, resourceType, module, tags }, currency }: ResourceDetailsProps) {
  const result = useApi(ResourceDetailsDocument, { id });
  return (
    <>
      <p class="row">
        <span class="note">
          {resourceType}
          {module !== null && ` in ${module}`}
        </span>
        {Object.entries(tags).map(([key, value]) => (
          <span class="chip" key={key}>
            <Name text={`${key}: ${jsonText(value)}`} />
          </span>
        ))}
      </p>
      <Loaded result={result} lines={3}>
        {({ node }) =>
          node !== null &&
          "computeCost" in node && (
            <>
              <dl class="row parts">
                <Part title="Compute" value={node.computeCost} currency={currency} />
                <Part title="Storage" value={node.storageCost} currency={currency} />
                <Part title="Network" value={node.networkCost} currency={currency} />
                <Part title="Other" value={node.otherCost} currency={currency} />
              </dl>
              <Data title="Cost drivers" value={node.costDrivers} />
              <Data title="Assumptions" value={node.assumptions} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

interface PartProps {
  readonly title: string;
  readonly value: string;
  readonly currency: string;
}

function Part({ title, value, currency }: PartProps) {
  return (
    <div>
      <dt class="note">{title}</dt>
      <dd>
        <Amount value={value} currency={currency} />
      </dd>
    </div>
  );
}

function Data({ title, value }: { readonly title: string; readonly value: unknown }) {
  if (Array.isArray(value) && value.length === 0) return null;
  return (
    <>
      <p class="note">{title}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls the element that has the focus. */}
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </>
  );
}
