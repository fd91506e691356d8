import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import icon from "./favicon.svg";
import { Account } from "./parts/account.tsx";
import { type Route, routeTo } from "./route.ts";

/** The screens of the menu, by their path. */
const MENU = [
  { screen: "", title: "Portfolio" },
  { screen: "anomalies", title: "Anomalies" },
];

/** The frame of every screen: the menu, the search, the account and the links to the API. */
export function Layout({ route, children }: { readonly route: Route; readonly children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const place = `${route.screen}/${route.object}`;
  const shown = useRef(place);
  useEffect(() => {
    // A new screen moves the focus, so that a screen reader reads it; the first one does not.
    if (shown.current === place) return;
    shown.current = place;
    main.current?.focus();
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <header class="bar">
        <a
          class="skip"
          href={location.hash}
          onClick={(event) => {
            event.preventDefault();
            main.current?.focus();
          }}
        >
          Skip to the content
        </a>
        <a class="brand" href="#/">
          <img src={icon} alt="" width="24" height="24" />
          results-storage
        </a>
        <nav aria-label="Screens">
          {MENU.map(({ screen, title }) => (
            <a
              key={screen}
              href={routeTo(screen)}
              aria-current={route.screen === screen ? "page" : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <SearchBox
          key={route.params.get("q")}
          text={route.screen === "search" ? (route.params.get("q") ?? "") : ""}
        />
        <Account />
      </header>
      <main ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer>
        <a href="/explorer">Explorer</a>
        <a href="/graphql">Apollo Sandbox</a>
        <a href="/api/v1/openapi.json">OpenAPI</a>
      </footer>
    </>
  );
}

function SearchBox({ text }: { readonly text: string }) {
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const q = String(new FormData(event.currentTarget).get("q")).trim();
          if (q !== "") location.hash = routeTo("search", "", { q });
        }}
      >
        <input
          type="search"
          name="q"
          defaultValue={text}
          minLength={2}
          maxLength={200}
          aria-label="Search projects, commits, branches, pull requests and resources"
          placeholder="Search"
        />
      </form>
    </search>
  );
}
