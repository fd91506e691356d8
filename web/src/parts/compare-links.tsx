import { routeTo } from "../route.ts";

interface CompareLinksProps {
  readonly targetId: string;
  readonly baselineId: string | undefined;
  readonly previousId: string | undefined;
  /** The current base. */
  readonly baseId?: string;
}

/** The bases that a job can be compared with: its baseline, the previous job of its series, or any job by its id. */
export function CompareLinks({ targetId, baselineId, previousId, baseId }: CompareLinksProps) {
  return (
    <fieldset class="row group">
      <legend>Compare with</legend>
      <CompareLink title="Baseline" baseId={baselineId} targetId={targetId} current={baseId} />
      <CompareLink title="Previous job" baseId={previousId} targetId={targetId} current={baseId} />
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          const base = String(new FormData(event.currentTarget).get("base")).trim();
          if (base !== "") location.hash = routeTo("c", `${base}...${targetId}`);
        }}
      >
        <input
          name="base"
          class="short"
          required
          autocomplete="off"
          aria-label="Id of another job"
          placeholder="Job id"
        />
        <button type="submit" class="chip">
          Compare
        </button>
      </form>
    </fieldset>
  );
}

interface CompareLinkProps {
  readonly title: string;
  readonly baseId: string | undefined;
  readonly targetId: string;
  readonly current: string | undefined;
}

function CompareLink({ title, baseId, targetId, current }: CompareLinkProps) {
  if (baseId === undefined) return <span class="note">no {title.toLowerCase()}</span>;
  return (
    <a
      class="chip"
      href={routeTo("c", `${baseId}...${targetId}`)}
      aria-current={baseId === current ? "true" : undefined}
    >
      {title}
    </a>
  );
}
