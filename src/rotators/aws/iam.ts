import type { RotatorKind } from '../../core/rotate/rotator.ts'
import { settingsOf } from '../../core/rotators/settings.ts'
import { accessKeys, userName } from './access-keys.ts'
import { retire, withdraw } from './end.ts'
import { keyParts } from './key-parts.ts'
import { install, verify } from './make.ts'
import { placesIn } from './places.ts'
import { survey } from './survey.ts'
import type { Iam } from './whose.ts'

const own = ['user', 'id', 'secret', 'admin', 'admin_secret', 'endpoint', 'region']

/** Access keys of an IAM user, of which AWS lets there be two: a second one is made and proved, then the first made
 *  inactive, and deleted. The id of a key in force is a value of the project and shown nowhere: marks hold the ids of
 *  the user's other keys. */
export const awsIam: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, own)
    const user = settings.text('user')
    if (user !== null && !userName.test(user)) throw settings.wrong('user', 'is not the name of an IAM user')
    const places = placesIn(settings)
    const iam: Iam = {
      credential,
      parts: keyParts(credential, settings),
      clock: ports.clock,
      user,
      as: (key, { signal }) => accessKeys(ports, places, key, signal),
    }
    return {
      oldStays: 'both',
      look: async (held) => ({ note: (await survey(iam, held)).note }),
      propose: async (held) => ({ values: new Map(), marks: (await survey(iam, held)).marks }),
      install: (attempt) => install(iam, attempt),
      verify: (attempt) => verify(iam, attempt),
      retire: (attempt) => retire(iam, attempt),
      withdraw: (attempt) => withdraw(iam, attempt),
    }
  },
}
