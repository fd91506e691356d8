import { useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import { type Problem, problemOf } from "../api.tsx";
import { ViewerDocument } from "../generated.ts";
import { setToken, storedToken } from "../token.ts";

/** The characters that a header can have. */
const TOKEN = /^[\x21-\x7e]+$/;

const INVALID = "This is not a token: a token has no spaces and no letters with accents.";

/** The form for an API token, in place of a screen whose request the server has refused. */
export function SignInScreen({ refusal }: { readonly refusal: Problem }) {
  const client = useClient();
  const [isChecking, setChecking] = useState(false);
  const [problem, setProblem] = useState(storedToken() === null ? undefined : refusal.message);
  const submit = async (form: HTMLFormElement) => {
    const token = String(new FormData(form).get("token")).trim();
    if (!TOKEN.test(token)) return setProblem(INVALID);
    setChecking(true);
    const { error } = await client.query(
      ViewerDocument,
      {},
      { requestPolicy: "network-only", fetchOptions: { headers: { authorization: `Bearer ${token}` } } },
    );
    setChecking(false);
    if (error === undefined) setToken(token);
    else setProblem(problemOf(error).message);
  };
  return (
    <section class="card sign-in">
      <h1>Sign in</h1>
      <p>
        This server answers only requests with an API token. The token stays in this tab until you close it.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <label class="filter">
          API token
          <input
            type="password"
            name="token"
            autocomplete="off"
            placeholder="rsto_…"
            required
            aria-describedby="token-problem"
          />
        </label>
        <p id="token-problem" class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" disabled={isChecking}>
          {isChecking ? "Checking…" : "Sign in"}
        </button>
      </form>
      <h2>No token yet?</h2>
      <p>The operator of the server creates one, and the command prints it once:</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls the element that has the focus. */}
      <pre tabIndex={0}>results-storage token create --name dashboard --scope read</pre>
      <p class="note">
        <code>--project 'acme/*'</code> restricts it to projects, <code>--expires 90d</code> limits its life,
        and the scope <code>admin</code> permits exclusions of jobs.
      </p>
    </section>
  );
}
