import type { ComponentChildren } from "preact";

/** A wide table that scrolls in its own region, with the pointer and with the keyboard. */
export function ScrollRegion({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls the element that has the focus.
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
