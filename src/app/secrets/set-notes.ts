import { SecretsError } from '../../core/errors.ts'
import { usersOf } from '../../core/manifest/secret-users.ts'
import type { Ports } from '../../core/ports.ts'
import { nextVersion, type Metadata } from '../../core/secrets/metadata.ts'
import { nearest } from '../../core/suggest.ts'
import type { Changed } from '../project/change-project.ts'
import { groupNames } from './choose-group.ts'
import { knownHosts } from '../fleet/known-hosts.ts'
import type { OpenProject } from '../project/open-project.ts'

/** What is to be said of a change beside what changed. */
export interface Aftermath {
  /** Groups that were not there before, where others were. */
  readonly newGroups: readonly string[]
  /** What may not have been meant. */
  readonly notes: readonly string[]
  /** How the change gets to the hosts. */
  readonly next: string
}

/** `open` is the project as it was before the change. */
export const aftermathOf = async (
  ports: Pick<Ports, 'files'>,
  open: OpenProject,
  { secrets }: Changed,
): Promise<Aftermath> => {
  const { manifest, environment, paths } = open.project
  const metadata = await open.metadata()
  const before = groupNames(manifest, metadata)
  const seen = await seenHosts(ports, { state: paths.state, environment })
  const added = secrets.filter(({ what }) => what === 'added')
  const newGroups =
    before.length === 0 ? [] : unique(added.map(({ group }) => group).filter((one) => !before.includes(one)))
  const lonely = added.filter((one) => usersOf(manifest, one).length === 0)
  const alone = unique(lonely.map(({ group }) => group)).filter(
    (name) => manifest.containers.length > 0 && manifest.containers.every(({ groups }) => !groups.includes(name)),
  )
  const unseen = unique(secrets.flatMap(({ host }) => (host === null || seen.includes(host) ? [] : [host])))
  return {
    newGroups,
    notes: [
      ...newGroups.flatMap((name) =>
        aboutNear(name, before, added.find(({ group }) => group === name)?.name ?? 'NAME'),
      ),
      ...alone.map((name) => `no container is given ${name}: add it to the groups of one in lockstep.yaml`),
      ...(seen.length === 0 ? [] : unseen.map((host) => aboutUnseen(host, seen))),
      ...aboutNewer(metadata, secrets),
    ],
    next: seen.length === 0 ? 'lockstep setup' : 'lockstep deploy',
  }
}

/** The change is done by now: what cannot be read must not make it look undone. */
const seenHosts = async (
  ports: Pick<Ports, 'files'>,
  at: { readonly state: string; readonly environment: string },
): Promise<readonly string[]> => {
  try {
    return Object.keys(await knownHosts(ports, at))
  } catch (error) {
    if (error instanceof SecretsError) return []
    throw error
  }
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]

/** Where a version was left out, the fleet was seen to have had it, and what it was is not known here. */
const aboutNewer = (before: Metadata, secrets: Changed['secrets']): readonly string[] =>
  unique(secrets.filter(({ what }) => what !== 'removed').map(({ name }) => name)).flatMap((name) => {
    const version = Math.min(...secrets.filter((one) => one.name === name).map((one) => one.version))
    if (version <= nextVersion(before, name)) return []
    return [
      `the fleet has had ${name} in version ${version - 1}, which this clone does not know: this one, ${version}, takes its place with the next delivery; where that is not meant: git pull, and see which is right`,
    ]
  })

const aboutNear = (group: string, before: readonly string[], name: string): readonly string[] => {
  const meant = nearest(group, before)
  if (meant === null) return []
  return [
    `group ${group} is new; did you mean ${meant}? then: lockstep rm ${name}, and lockstep set ${name} --group ${meant}`,
  ]
}

const aboutUnseen = (host: string, seen: readonly string[]): string => {
  const meant = nearest(host, seen)
  return `no host ${host} has been seen${meant === null ? '' : `; did you mean ${meant}?`}`
}
