import { useState } from "preact/hooks";

/** The command that stores an estimate at the server of this page, with a button that copies it. */
export function PushCommand() {
  const [isCopied, setCopied] = useState(false);
  const command = `results-storage push infracost.json --url ${location.origin}`;
  return (
    <div class="command">
      <pre>
        <code>{command}</code>
      </pre>
      {/* Browsers have no clipboard for pages without TLS. */}
      {navigator.clipboard !== undefined && (
        <button
          type="button"
          onClick={() =>
            navigator.clipboard.writeText(command).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          {isCopied ? "Copied" : "Copy"}
        </button>
      )}
    </div>
  );
}
