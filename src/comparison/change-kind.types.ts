import { registerEnumType } from "type-graphql";

/** How something changed from the base to the target. */
export const ChangeKind = {
  ADDED: "ADDED",
  REMOVED: "REMOVED",
  CHANGED: "CHANGED",
  NEWLY_PRICED: "NEWLY_PRICED",
  BECAME_UNPRICED: "BECAME_UNPRICED",
  UNCHANGED: "UNCHANGED",
  MOVED: "MOVED",
} as const;

/** One of the kinds. */
export type ChangeKind = keyof typeof ChangeKind;

registerEnumType(ChangeKind, {
  name: "ChangeKind",
  description: "How something changed from the base to the target.",
  valuesConfig: {
    ADDED: { description: "It is only in the target." },
    REMOVED: { description: "It is only in the base." },
    CHANGED: { description: "Its cost is known in both, and differs." },
    NEWLY_PRICED: { description: "Its cost is unknown in the base and known in the target." },
    BECAME_UNPRICED: { description: "Its cost is known in the base and unknown in the target." },
    UNCHANGED: { description: "Its cost is the same in both, or unknown in both." },
    MOVED: { description: "The same resource at the same cost under another address." },
  },
});
