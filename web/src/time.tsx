/** Times of the API in the language and the time zone of the browser. */

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** A time with the whole value as the machine-readable attribute and the tooltip. */
export function Time({ value, dateOnly = false }: { readonly value: string; readonly dateOnly?: boolean }) {
  return (
    <time dateTime={value} title={value}>
      {(dateOnly ? DATE : DATE_TIME).format(new Date(value))}
    </time>
  );
}

/** The day of a time in milliseconds, for axes and tooltips. */
export function formatDay(ms: number): string {
  return DATE.format(ms);
}
