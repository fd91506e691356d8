import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

interface ExpandableRowProps {
  /** The name of the details, for instance "Components of aws_instance.web". */
  readonly label: string;
  /** The first cell. */
  readonly title: ComponentChildren;
  /** The further cells. */
  readonly cells: ComponentChildren;
  /** The number of columns. */
  readonly columns: number;
  /** The details; rendered while they are open. */
  readonly children: ComponentChildren;
}

/** A row of a table with a button that opens a second row with details, as wide as the table. */
export function ExpandableRow({ label, title, cells, columns, children }: ExpandableRowProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <tr class={isOpen ? "open" : undefined}>
        <th scope="row">
          <div class="expandable">
            <button
              type="button"
              class="expander"
              aria-expanded={isOpen}
              aria-controls={isOpen ? id : undefined}
              aria-label={label}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? "▾" : "▸"}
            </button>
            <div>{title}</div>
          </div>
        </th>
        {cells}
      </tr>
      {isOpen && (
        <tr id={id}>
          <td colSpan={columns} class="expanded">
            {children}
          </td>
        </tr>
      )}
    </>
  );
}
