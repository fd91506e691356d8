import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatDecimal } from "../amount.tsx";
import { type Tile, treemap } from "./treemap.tsx";

/** A service of a job, with decimals of the API. */
export interface TreemapService {
  readonly service: string;
  readonly totalMonthlyCost: string;
  readonly resourceCount: number;
}

/** A resource of a job; null: the cost is unknown. */
export interface TreemapResource {
  readonly id: string;
  readonly resourceId: string;
  readonly service: string;
  readonly totalMonthlyCost: string | null;
}

interface CostTreemapProps {
  readonly currency: string;
  readonly services: readonly TreemapService[];
  /** The most expensive resources. The further ones are one tile of their service. */
  readonly resources: readonly TreemapResource[];
  /** The link of a service. */
  readonly hrefOf: (service: string) => string;
}

/** The height of the drawing, and of the title of a service, in pixels. */
const HEIGHT = 340;
const TITLE_HEIGHT = 22;

/** The series colours of the style sheet; further services share the last one. */
const COLORS = 9;

/** The services of a job with their resources; the area is proportional to the cost. A table beside it has the amounts. */
export function CostTreemap({ currency, services, resources, hrefOf }: CostTreemapProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const groups = useMemo(() => treemapGroups(services, resources), [services, resources]);
  const tiles = treemap(groups, ({ weight }) => weight, { x: 0, y: 0, width, height: HEIGHT });
  const isEmpty = groups.every(({ weight }) => weight <= 0);
  return (
    <div ref={frame} class={isEmpty ? undefined : "treemap"}>
      {tiles.length > 0 && (
        <svg width={width} height={HEIGHT}>
          <title>Costs of the services and their resources</title>
          {tiles.map((tile) => (
            <ServiceTile
              key={tile.item.service}
              tile={tile}
              currency={currency}
              color={Math.min(groups.indexOf(tile.item) + 1, COLORS)}
              href={hrefOf(tile.item.service)}
            />
          ))}
        </svg>
      )}
      {isEmpty && <p class="note">There is no known cost above zero to draw.</p>}
    </div>
  );
}

interface ServiceTileProps {
  readonly tile: Tile<TreemapGroup>;
  readonly currency: string;
  readonly color: number;
  readonly href: string;
}

function ServiceTile({ tile: { item, ...area }, currency, color, href }: ServiceTileProps) {
  const hasTitle = area.width > 48 && area.height > 2 * TITLE_HEIGHT;
  const inner = {
    x: 0,
    y: hasTitle ? TITLE_HEIGHT : 0,
    width: area.width,
    height: area.height - (hasTitle ? TITLE_HEIGHT : 0),
  };
  const total = `${formatDecimal(item.total)} ${currency}`;
  return (
    // A nested svg clips long names.
    <svg class={`series-${color}`} {...area}>
      <title>{`${item.service}: ${total}`}</title>
      <a href={href} aria-label={`${item.service}, ${total}: show its resources`}>
        <rect class="service" width={area.width} height={area.height} />
        {hasTitle && (
          <text class="title" x="6" y="15">
            {item.service}
          </text>
        )}
      </a>
      {/* biome-ignore lint/a11y/useAnchorContent: for the pointer; the link above is for keyboards and screen readers. */}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: tabindex is -1. */}
      <a href={href} tabindex={-1} aria-hidden="true">
        {treemap(item.items, ({ weight }) => weight, inner).map(
          ({ item: { key, label, amount }, ...place }) => (
            <svg key={key} {...place}>
              <title>{amount === null ? label : `${label}: ${formatDecimal(amount)} ${currency}`}</title>
              <rect class="resource" width={place.width} height={place.height} />
              {place.width > 56 && place.height > 20 && (
                <text x="6" y="15">
                  {shortAddress(label)}
                </text>
              )}
              {amount !== null && place.width > 90 && place.height > 38 && (
                <text class="amount" x="6" y="31">
                  {formatDecimal(amount)}
                </text>
              )}
            </svg>
          ),
        )}
      </a>
      <rect class="frame" width={area.width} height={area.height} />
    </svg>
  );
}

/** A service with its tiles. Weights are areas on the screen, where the digits of a decimal do not matter. */
interface TreemapGroup {
  readonly service: string;
  readonly total: string;
  readonly weight: number;
  readonly items: readonly TreemapItem[];
}

interface TreemapItem {
  readonly key: string;
  readonly label: string;
  /** A decimal; null: the rest, which has no exact amount. */
  readonly amount: string | null;
  readonly weight: number;
}

/** The smallest share of a service at which its rest has a tile. */
const LEAST_REST = 0.005;

/** The name of a resource at the end of its Terraform address, without its modules and its type. */
export function shortAddress(address: string): string {
  return address.replace(MODULES, "").replace(TYPE, "");
}

const MODULES = /^(?:module\.[^.[]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)+/;
const TYPE = /^(?:data\.)?[a-z0-9]+_[a-z0-9_]+\./;

/** The services with the known positive costs of their resources, and one further item for the rest of each total. */
export function treemapGroups(
  services: readonly TreemapService[],
  resources: readonly TreemapResource[],
): TreemapGroup[] {
  const byService = new Map<string, TreemapResource[]>();
  for (const resource of resources) {
    const others = byService.get(resource.service);
    if (others === undefined) byService.set(resource.service, [resource]);
    else others.push(resource);
  }
  return services.map(({ service, totalMonthlyCost, resourceCount }) => {
    const listed = byService.get(service) ?? [];
    const items = listed.flatMap(({ id, resourceId, totalMonthlyCost: amount }) =>
      amount !== null && Number(amount) > 0
        ? [{ key: id, label: resourceId, amount, weight: Number(amount) }]
        : [],
    );
    const drawn = items.reduce((sum, { weight }) => sum + weight, 0);
    const weight = Math.max(Number(totalMonthlyCost), drawn);
    const further = resourceCount - listed.length;
    const rest = {
      key: "rest",
      label: further > 0 ? `${further} more` : "in no resource",
      amount: null,
      weight: weight - drawn,
    };
    const hasRest = rest.weight > weight * LEAST_REST;
    return { service, total: totalMonthlyCost, weight, items: hasRest ? [...items, rest] : items };
  });
}

/** The width of an element in pixels, for plots whose text must not be scaled; 0 until it is measured. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return;
    const resizing = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    resizing.observe(element.current);
    return () => resizing.disconnect();
  }, [element]);
  return width;
}
