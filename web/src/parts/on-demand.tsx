import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ScreenProps } from "../route.ts";
import { Failure, Skeleton } from "./states.tsx";

type Screen = ComponentType<ScreenProps>;

/** A screen with a file of its own, which is loaded when the screen is shown for the first time. */
export function onDemand(load: () => Promise<Screen>): Screen {
  let Loaded: Screen | undefined;
  return function OnDemand(props) {
    const [, setLoaded] = useState(Loaded !== undefined);
    const [hasFailed, setFailed] = useState(false);
    useEffect(() => {
      if (Loaded !== undefined) return;
      load().then(
        (screen) => {
          Loaded = screen;
          setLoaded(true);
        },
        () => setFailed(true),
      );
    }, []);
    if (Loaded !== undefined) return <Loaded {...props} />;
    return hasFailed ? (
      <Failure problem={NOT_LOADED} reload={() => location.reload()} />
    ) : (
      <Skeleton lines={12} />
    );
  };
}

/** A new version of the service has no files of the old one. */
const NOT_LOADED = {
  code: "SCREEN_NOT_LOADED",
  message: "The server does not answer, or it has a new version. Load the page again.",
};
