import { fail, type Code, type SecretsError } from '../../core/errors.ts'

/** An error about one of several places: a rotation tells messages alone, so this one says where. */
export const failAt = (at: string, code: Code, message: string, hint?: string): SecretsError =>
  fail(code, `${at}: ${message}`, hint === undefined ? {} : { hint })
