import { setParams } from "../route.ts";
import { FIRST_PAGE } from "./pager.tsx";

interface SelectFilterProps {
  readonly label: string;
  /** The parameter of the route. */
  readonly name: string;
  readonly value: string;
  readonly options: readonly string[];
}

/** A choice in a parameter of the route, which selects the rows of a list. */
export function SelectFilter({ label, name, value, options }: SelectFilterProps) {
  // A link can name an option that the list does not have.
  const shown = value === "" || options.includes(value) ? options : [value, ...options];
  return (
    <label class="filter">
      {label}
      <select
        value={value}
        onChange={({ currentTarget }) => setParams({ ...FIRST_PAGE, [name]: currentTarget.value })}
      >
        <option value="">All</option>
        {shown.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
