import { Fragment } from "preact";

/** The address of a resource, which is broken after its separators where it is too long for a line. */
export function Address({ text }: { readonly text: string }) {
  return (
    <code>
      <bdi>
        {text.split(/(?<=[./[_])/).map((part, i) => (
          // The parts of an address never change.
          <Fragment key={i}>
            {part}
            <wbr />
          </Fragment>
        ))}
      </bdi>
    </code>
  );
}
