import assert from 'node:assert/strict'
import { type Code, SecretsError } from '../../src/core/errors.ts'

/** Waits for `work` to fail with this code and gives the error. */
export const refusal = async (code: Code, work: Promise<unknown> | (() => Promise<unknown>)): Promise<SecretsError> => {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    assert.ok(error instanceof SecretsError, `not an error of ours: ${String(error)}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, /^(?![A-Z][a-z]).*[^.]$/su, 'small first letter, no full stop')
    return error
  }
  return assert.fail(`nothing was refused; ${code} was expected`)
}

/** The code that `work` fails with at once; `none` when it does not. */
export const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof SecretsError, `not an error of ours: ${String(error)}`)
    return error.code
  }
  return 'none'
}
