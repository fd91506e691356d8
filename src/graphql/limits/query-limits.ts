/** What a query may ask for at most. */
export interface QueryLimits {
  /** Its cost: about the number of values in the answer (cost-of.ts). */
  readonly cost: number;
  /** How many fields deep it may be nested. */
  readonly depth: number;
  /** How many fields may have an alias. */
  readonly aliases: number;
  /** How many directives it may have. */
  readonly directives: number;
  /** How many words, numbers, strings and signs its text may have. */
  readonly tokens: number;
}
