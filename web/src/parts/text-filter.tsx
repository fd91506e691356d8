import { useEffect, useRef } from "preact/hooks";
import { setParams } from "../route.ts";
import { FIRST_PAGE } from "./pager.tsx";

/** The pause in typing after which the list is loaded. */
const PAUSE_MS = 300;

interface TextFilterProps {
  readonly label: string;
  /** The parameter of the route. */
  readonly name: string;
  readonly value: string;
  readonly placeholder?: string;
  /** The id of a datalist. */
  readonly list?: string;
}

/** A text in a parameter of the route, which selects the rows of a list while it is typed. */
export function TextFilter({ label, name, value, placeholder, list }: TextFilterProps) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    // The back button changes the text; typing does not, because the text is what was typed.
    if (input.current && document.activeElement !== input.current) input.current.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class="filter">
      {label}
      <input
        ref={input}
        type="search"
        defaultValue={value}
        placeholder={placeholder}
        list={list}
        maxLength={2_048}
        autocomplete="off"
        onInput={({ currentTarget }) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(
            () => setParams({ ...FIRST_PAGE, [name]: currentTarget.value.trim() }, { replace: true }),
            PAUSE_MS,
          );
        }}
      />
    </label>
  );
}
