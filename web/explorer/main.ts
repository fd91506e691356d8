import "graphiql/style.css";
import "./explorer.css";
import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { FIRST_QUERY } from "../../src/server/graphql/first-query.ts";
import { credentials } from "../src/token.ts";

/** An operation of GraphiQL, with the headers of its editor. */
type Fetcher = (
  operation: object,
  options?: { readonly headers?: Readonly<Record<string, string>> },
) => Promise<object>;

/** Sends an operation with the token of this tab. A header of the editor replaces it. */
const fetcher: Fetcher = async (operation, options) => {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials(), ...options?.headers },
    body: JSON.stringify(operation),
  });
  reportMissingToken(response.status === 401);
  return response.json();
};

/** GraphiQL shows an error of the schema only inside of its documentation. */
function reportMissingToken(isMissing: boolean): void {
  const problem = document.getElementById("problem");
  if (problem === null) return;
  problem.textContent = isMissing
    ? "The server needs a valid token: sign in at Dashboards in this tab, or add an Authorization header."
    : "";
}

const root = document.getElementById("explorer");
if (root !== null) createRoot(root).render(createElement(GraphiQL, { fetcher, defaultQuery: FIRST_QUERY }));
