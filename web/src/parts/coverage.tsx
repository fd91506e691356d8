import { formatCount } from "../amount.tsx";

interface CoverageProps {
  readonly resourceCount: number;
  readonly unpricedResourceCount: number;
  readonly unsupportedResourceCount: number | null;
}

/** The part of the resources that an amount includes, as a bar and as text. */
export function Coverage(total: CoverageProps) {
  const { priced, unpriced, unsupported, all } = coverageOf(total);
  if (all === 0) return <p class="note">No resources</p>;
  return (
    <div class="coverage">
      <div class="meter" aria-hidden="true">
        <span style={{ flexGrow: priced }} />
        <span class="hatched" style={{ flexGrow: unpriced + unsupported }} />
      </div>
      <p class="note">
        {formatCount(priced)} of {formatCount(all)} priced
        {unpriced > 0 && `, ${formatCount(unpriced)} of unknown cost`}
        {unsupported > 0 && `, ${formatCount(unsupported)} unsupported`}
      </p>
    </div>
  );
}

/** The numbers of resources. The unsupported ones are not among the resources of an estimate. */
export function coverageOf({
  resourceCount,
  unpricedResourceCount: unpriced,
  unsupportedResourceCount,
}: CoverageProps) {
  const unsupported = unsupportedResourceCount ?? 0;
  return { priced: resourceCount - unpriced, unpriced, unsupported, all: resourceCount + unsupported };
}
