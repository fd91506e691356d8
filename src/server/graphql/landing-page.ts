import type { ApolloServerPlugin } from "@apollo/server";
import { ApolloServerPluginLandingPageLocalDefault } from "@apollo/server/plugin/landingPage/default";
import type { Context } from "../../graphql/context.ts";
import { readPage } from "../web-page.ts";
import { FIRST_QUERY } from "./first-query.ts";

/** /graphql in a browser is Apollo Sandbox, below a bar with links to the pages that need no internet. */
export function sandboxPage(): ApolloServerPlugin<Context> {
  const sandbox = ApolloServerPluginLandingPageLocalDefault({ embed: true, document: FIRST_QUERY });
  return {
    async serverWillStart(server) {
      const listener = await sandbox.serverWillStart?.(server);
      return {
        renderLandingPage: async () => {
          const page = await listener?.renderLandingPage?.();
          const html = async () => {
            const rendered = page?.html ?? "";
            return withLinks(typeof rendered === "string" ? rendered : await rendered());
          };
          return { html };
        },
      };
    },
  };
}

/** /graphql in a browser explains that the schema cannot be read. */
export function introspectionOffPage(): ApolloServerPlugin<Context> {
  return {
    async serverWillStart() {
      return { renderLandingPage: async () => ({ html: () => readPage("introspection-off.html") }) };
    },
  };
}

/** The styles of the bar need the nonce of the page. The Sandbox would cover the whole window. */
function withLinks(html: string): string {
  const [, nonce = ""] = /<style nonce="?([0-9a-f]+)/.exec(html) ?? [];
  return html.replace(
    "<body>",
    `<body>
    <style nonce="${nonce}">
      .links { display: flex; gap: 16px; height: 36px; padding: 0 16px; font: 14px/36px system-ui, sans-serif; background: #fff; }
      .links a { color: #0b6e63; }
      #react-root #embeddableSandbox { top: 36px; height: calc(100vh - 36px); }
    </style>
    <nav class="links">
      <a href="/">Dashboards</a>
      <a href="/explorer">Explorer without internet</a>
    </nav>`,
  );
}
