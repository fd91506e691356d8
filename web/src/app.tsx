import { Provider } from "@urql/preact";
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { client, useRefusal } from "./api.tsx";
import { Layout } from "./layout.tsx";
import { onDemand } from "./parts/on-demand.tsx";
import { Empty } from "./parts/states.tsx";
import { parseRoute, type Route, type ScreenProps } from "./route.ts";
import { PortfolioScreen } from "./screens/portfolio/portfolio.tsx";
import { SignInScreen } from "./screens/sign-in.tsx";

/** The screens by the first part of their path. The first screen is in the file of the page. */
const SCREENS: Readonly<Record<string, ComponentType<ScreenProps>>> = {
  "": PortfolioScreen,
  anomalies: onDemand(() => import("./screens/anomalies.tsx").then((file) => file.AnomaliesScreen)),
  c: onDemand(() => import("./screens/compare/compare.tsx").then((file) => file.CompareScreen)),
  j: onDemand(() => import("./screens/job/job.tsx").then((file) => file.JobScreen)),
  p: onDemand(() => import("./screens/project/project.tsx").then((file) => file.ProjectScreen)),
  run: onDemand(() => import("./screens/run.tsx").then((file) => file.RunScreen)),
  search: onDemand(() => import("./screens/search.tsx").then((file) => file.SearchScreen)),
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
          // A screen of another object starts anew.
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
