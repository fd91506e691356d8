import { useRef } from "preact/hooks";
import { setToken, storedToken } from "../token.ts";
import { useViewer, type Viewer } from "../viewer.ts";
import { Name } from "./name.tsx";

const SCOPES: Readonly<Record<Viewer["scope"], string>> = {
  READ: "read: queries and exports",
  WRITE: "write: queries, exports and stores",
  ADMIN: "admin: queries, exports, stores and exclusions",
};

/** The token of this tab: its name, scope and projects, and the button that removes it. Nothing without a token. */
export function Account() {
  const viewer = useViewer();
  const dialog = useRef<HTMLDialogElement>(null);
  if (storedToken() === null) return null;
  const signOut = (
    <button type="button" onClick={() => setToken(null)}>
      Sign out
    </button>
  );
  if (viewer === undefined) return signOut;
  return (
    <>
      <button type="button" class="quiet account" onClick={() => dialog.current?.showModal()}>
        <Name text={viewer.name} />
      </button>
      <dialog ref={dialog} aria-labelledby="account">
        <h2 id="account">Your token</h2>
        <dl class="facts">
          <div>
            <dt>Name</dt>
            <dd>
              <Name text={viewer.name} />
            </dd>
          </div>
          <div>
            <dt>Scope</dt>
            <dd>{SCOPES[viewer.scope]}</dd>
          </div>
          <div>
            <dt>Projects</dt>
            <dd>
              {viewer.projects === null ? (
                "all projects"
              ) : (
                <ul class="lines">
                  {viewer.projects.map((project) => (
                    <li key={project}>
                      <code>{project}</code>
                    </li>
                  ))}
                </ul>
              )}
            </dd>
          </div>
        </dl>
        <div class="actions">
          {signOut}
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
      </dialog>
    </>
  );
}
