/** What is no error and may not have been meant, as a line of its own. */
export const noteLine = (note: string): string => `note: ${note}`
