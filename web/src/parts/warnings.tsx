interface Warning {
  readonly code: string;
  readonly message: string;
}

/** The warnings that are shown at once. */
const SHOWN = 3;

/** Warnings of the API with their codes. The further ones are folded. */
export function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  const further = warnings.slice(SHOWN);
  return (
    <div class="warning">
      <List warnings={warnings.slice(0, SHOWN)} />
      {further.length > 0 && (
        <details>
          <summary>{further.length} more warnings</summary>
          <List warnings={further} />
        </details>
      )}
    </div>
  );
}

function List({ warnings }: { readonly warnings: readonly Warning[] }) {
  return (
    <ul class="lines">
      {warnings.map(({ code, message }) => (
        <li key={`${code} ${message}`}>
          <code>{code}</code> {message}
        </li>
      ))}
    </ul>
  );
}
