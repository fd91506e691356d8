import { useApi } from "./api.tsx";
import { ViewerDocument, type ViewerQuery } from "./generated.ts";

/** The caller of the API. */
export type Viewer = ViewerQuery["viewer"];

/** The caller as the API identifies it; undefined: not known yet, or the token is missing or refused. */
export function useViewer(): Viewer | undefined {
  return useApi(ViewerDocument, {}).data?.viewer;
}
