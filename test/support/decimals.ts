import fc from "fast-check";

const digits = (constraints: { minLength?: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), ...constraints });

/** Every decimal that the contract allows, as it is answered: 20 integer and 30 fraction digits, credits too. */
export function decimal(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("", "-"), digits({ minLength: 1, maxLength: 20 }), digits({ maxLength: 30 }))
    .map(([sign, integer, fraction]) => {
      const size = `${BigInt(integer)}${fraction && `.${fraction}`}`;
      return /[1-9]/.test(size) ? sign + size : size;
    });
}
