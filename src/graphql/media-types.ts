import Negotiator from "negotiator";

const JSON_TYPE = "application/json; charset=utf-8";
const GRAPHQL_JSON_TYPE = "application/graphql-response+json; charset=utf-8";

/** Whether the answer is application/graphql-response+json. Apollo Server decides by the same library and list. */
export function prefersGraphqlJson(accept: string | undefined): boolean {
  return preferred(accept, [JSON_TYPE, GRAPHQL_JSON_TYPE]) === GRAPHQL_JSON_TYPE;
}

/** Whether a browser asks for a page. Apollo Server decides by the same library and list. */
export function prefersHtml(accept: string | undefined): boolean {
  const offered = [
    JSON_TYPE,
    GRAPHQL_JSON_TYPE,
    "multipart/mixed; deferSpec=20220824",
    "multipart/mixed; incrementalSpec=v0.2",
    "multipart/mixed",
    "text/html",
  ];
  return preferred(accept, offered) === "text/html";
}

/** RFC 9110, section 12.5.1: names are case-insensitive, and q=0 excludes a type. */
function preferred(accept: string | undefined, offered: string[]): string | undefined {
  return accept === undefined ? offered[0] : new Negotiator({ headers: { accept } }).mediaType(offered);
}
