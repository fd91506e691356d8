const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

/** What a currency may look like; the end of a message that refuses one. */
export const CURRENCY_RULE = 'must be an ISO 4217 currency code in capitals, for instance "USD"';

/** Whether the text is an ISO 4217 code. The list is the one of the platform's ICU, so that it stays current. */
export function isCurrency(text: string): boolean {
  return CURRENCIES.has(text);
}

/** The currency of an estimate that names none. Told from "USD" so that the job can say that it was assumed. */
export const ASSUMED_CURRENCY: unique symbol = Symbol("USD, assumed");

/** What an estimate without a currency is taken to be in: Infracost files before 2022 are in US dollars and do not say so. */
export const DEFAULT_CURRENCY = "USD";
