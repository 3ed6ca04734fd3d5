import type { SecretsError } from '../../core/errors.ts'

/** What a check says of an error that would end the run before anything is changed. */
export const refusalNote = ({ message, hint }: Pick<SecretsError, 'message' | 'hint'>): string =>
  `would be refused: ${message}${hint === undefined ? '' : `; ${hint}`}`
