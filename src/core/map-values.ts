/** The same keys, each value changed. */
export const mapValues = <T, U>(record: Readonly<Record<string, T>>, of: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]))
