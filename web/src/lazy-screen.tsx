import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure, Skeleton } from "./parts/states.tsx";
import type { ScreenProps } from "./route.ts";

type Screen = ComponentType<ScreenProps>;

/** A screen whose script is loaded when it is first shown, so that the first page has few bytes. */
export function lazyScreen(load: () => Promise<Screen>): Screen {
  let loaded: Screen | undefined;
  return function LazyScreen(props) {
    const [Shown, setShown] = useState(() => loaded);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== undefined) return;
      load().then(
        (screen) => {
          loaded = screen;
          setShown(() => screen);
        },
        () => setFailed(true),
      );
    }, []);
    if (Shown !== undefined) return <Shown {...props} />;
    return hasFailed ? <Failure problem={NOT_LOADED} reload={() => location.reload()} /> : <Skeleton />;
  };
}

/** After an update of the server, its files have other names. */
const NOT_LOADED = {
  code: "NOT_LOADED",
  message: "A part of the page was not received. The server does not answer, or was updated in the meantime.",
};
