import { fail } from '../errors.ts'
import { quoteName } from '../names.ts'

/** Who a program runs as: numeric ids, its supplementary groups, and what the environment says of it. */
export interface Identity {
  readonly uid: number
  readonly gid: number
  /** Every group of the process, `gid` among them. */
  readonly groups: readonly number[]
  readonly home: string
  /** Null for an id that /etc/passwd does not name. */
  readonly name: string | null
}

/** Texts of the machine's account files; null where there is none (an image from scratch). */
export interface AccountFiles {
  readonly passwd: string | null
  readonly group: string | null
}

interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Reads `name`, `uid`, `name:group` or `uid:gid`, as docker's `--user` does.
 *  A group given by hand is the only group; otherwise the account's own and all that list it.
 *  @throws USAGE for what cannot be read, NOT_FOUND for a name the account files do not have */
export const identityOf = (spec: string, files: AccountFiles): Identity => {
  const [who = '', group, ...rest] = spec.split(':')
  if (who === '' || group === '' || rest.length > 0) throw badUser(spec)
  const accounts = accountsOf(files.passwd ?? '')
  const account = accounts.find((one) => one.name === who) ?? accounts.find((one) => String(one.uid) === who)
  const uid = account?.uid ?? idOf(who)
  if (uid === null) throw unknown('user', who)
  const gid = group === undefined ? (account?.gid ?? uid) : groupIdOf(group, files.group ?? '')
  const extra = group === undefined && account !== undefined ? groupsListing(account.name, files.group ?? '') : []
  return {
    uid,
    gid,
    groups: [...new Set([gid, ...extra])],
    home: account?.home || '/',
    name: account?.name ?? null,
  }
}

const badUser = (spec: string): Error =>
  fail('USAGE', `${quoteName(spec)} is not a user`, { hint: 'give --user as 1000, 1000:1000, name or name:group' })

const unknown = (what: 'user' | 'group', name: string): Error =>
  fail('NOT_FOUND', `no ${what} ${quoteName(name)} on this machine`, {
    at: what === 'user' ? '/etc/passwd' : '/etc/group',
    hint: 'a number works where there is no name, as in --user 1000:1000',
  })

const accountsOf = (passwd: string): readonly Account[] =>
  passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':')
    const ids = [idOf(uid), idOf(gid)] as const
    return name === '' || ids[0] === null || ids[1] === null ? [] : [{ name, uid: ids[0], gid: ids[1], home }]
  })

const groupRows = (text: string): readonly { name: string; gid: number; members: readonly string[] }[] =>
  text.split('\n').flatMap((line) => {
    const [name = '', , id = '', members = ''] = line.split(':')
    const gid = idOf(id)
    return name === '' || gid === null ? [] : [{ name, gid, members: members.split(',') }]
  })

const groupIdOf = (group: string, text: string): number => {
  const gid = groupRows(text).find((row) => row.name === group)?.gid ?? idOf(group)
  if (gid === null) throw unknown('group', group)
  return gid
}

const groupsListing = (name: string, text: string): readonly number[] =>
  groupRows(text)
    .filter((row) => row.members.includes(name))
    .map((row) => row.gid)

/** Ids are 32 bits wide and the last one means "no id". */
const idOf = (text: string): number | null =>
  /^\d{1,10}$/.test(text) && Number(text) < 0xffffffff ? Number(text) : null
