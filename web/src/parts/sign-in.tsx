import { useRef } from "preact/hooks";
import { setToken, storedToken } from "../token.ts";

/** The account of this tab: a dialog to paste a token, or the button that removes it. */
export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  if (storedToken() !== null) {
    return (
      <button type="button" class="quiet" onClick={() => setToken(null)}>
        Sign out
      </button>
    );
  }
  return (
    <>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        Sign in
      </button>
      <dialog ref={dialog} aria-labelledby="sign-in">
        <form
          method="dialog"
          onSubmit={(event) => {
            const token = String(new FormData(event.currentTarget).get("token")).trim();
            if (token !== "") setToken(token);
          }}
        >
          <h2 id="sign-in">Sign in</h2>
          <label>
            API token
            <input type="password" name="token" autocomplete="off" required />
          </label>
          <p>
            The operator creates a token with <code>results-storage token create NAME --scope read</code>. It
            stays in this tab until you close it.
          </p>
          <div class="actions">
            <button type="submit">Use this token</button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
