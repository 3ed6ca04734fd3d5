import { engine } from '../../src/crypto/engine.ts'
import type { Ending } from './temporary.ts'

const { stretch } = engine
let users = 0

/** Until this test is over, files are sealed and opened in a hundredth of the time: with one round of PBKDF2 in place of
 *  ten thousand. For tests that seal hundreds of files and read them back, and leave none for anybody else. */
export const quickVaults = (t: Ending): void => {
  users++
  Object.assign(engine, {
    stretch: (...[password, salt, , length]: Parameters<typeof stretch>) => stretch(password, salt, 1, length),
  })
  t.after(() => {
    users--
    if (users === 0) Object.assign(engine, { stretch })
  })
}
