import type { ComponentChildren } from "preact";

interface ExternalLinkProps {
  /** A URL of the API: text that the pipeline sent. */
  readonly url: string | null | undefined;
  readonly children: ComponentChildren;
}

/** A link to another site. A URL that is not of the web is text: a script in a URL would run in this page. */
export function ExternalLink({ url, children }: ExternalLinkProps) {
  const href = webUrl(url);
  if (href === undefined) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

/** The URL if its scheme is http or https; else undefined. */
export function webUrl(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === "https:" || protocol === "http:" ? href : undefined;
}
