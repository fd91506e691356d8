import { Provider } from "@urql/preact";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { client, useRefusal } from "./api.tsx";
import { Layout } from "./layout.tsx";
import { lazyScreen } from "./lazy-screen.tsx";
import { Empty } from "./parts/states.tsx";
import { parseRoute, type Route, type ScreenProps } from "./route.ts";
import { PortfolioScreen } from "./screens/portfolio/portfolio.tsx";
import { SignInScreen } from "./screens/sign-in.tsx";

/** The screens by the first part of their path. The first screen is in the file of the page. */
const SCREENS: Readonly<Record<string, ComponentType<ScreenProps>>> = {
  "": PortfolioScreen,
  anomalies: lazyScreen(async () => (await import("./screens/anomalies.tsx")).AnomaliesScreen),
  c: lazyScreen(async () => (await import("./screens/compare/compare.tsx")).CompareScreen),
  j: lazyScreen(async () => (await import("./screens/job/job.tsx")).JobScreen),
  p: lazyScreen(async () => (await import("./screens/project/project.tsx")).ProjectScreen),
  run: lazyScreen(async () => (await import("./screens/run.tsx")).RunScreen),
  search: lazyScreen(async () => (await import("./screens/search.tsx")).SearchScreen),
};

/** The page: the screen of the current route. */
export function App() {
  const route = useRoute();
  const refusal = useRefusal();
  const Screen = Object.hasOwn(SCREENS, route.screen) ? SCREENS[route.screen] : undefined;
  return (
    <Provider value={client}>
      <Layout route={route}>
        {refusal !== undefined ? (
          <SignInScreen refusal={refusal} />
        ) : Screen === undefined ? (
          <Empty title="This page does not exist">
            <a href="#/">Go to the portfolio</a>
          </Empty>
        ) : (
          // The key: another object has a new screen, without the state of the previous one.
          <Screen key={`${route.screen}/${route.object}`} object={route.object} params={route.params} />
        )}
      </Layout>
    </Provider>
  );
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return route;
}
