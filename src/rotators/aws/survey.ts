import type { Held, Marks } from '../../core/rotate/rotator.ts'
import { bothInUse, notAmong } from './findings.ts'
import { asked, userOf, type Iam } from './whose.ts'

/** @throws what would stop a rotation */
export const survey = async (iam: Iam, held: Held): Promise<{ readonly note: string; readonly marks: Marks }> => {
  const { parts, credential, clock } = iam
  const id = parts.of(held.values)?.id.reveal() ?? null
  const keys = asked(iam, held, held.values)
  const user = await userOf(iam, held, keys)
  const listed = await keys.list(user)
  const inForce = listed.find((key) => key.id === id) ?? null
  if (id !== null && inForce === null) throw notAmong(parts.id, user, credential.rotate.at)
  // retiring will ask as well: a refusal is better told now
  const uses = await Promise.all(listed.map(async (key) => ({ ...key, ...(await keys.lastUse(key.id)) })))
  if (listed.length > 1) {
    throw bothInUse(uses, { inForce: id, name: parts.id, now: clock.now(), user, at: credential.rotate.at })
  }
  const others = listed.filter((key) => key !== inForce).map((key) => key.id)
  return {
    note: `key slots ${listed.length}/2${inForce?.isActive === false ? ', the one in force is inactive' : ''}`,
    marks: { user, others: others.join(' '), old: inForce?.isActive === true ? 'active' : 'inactive' },
  }
}
