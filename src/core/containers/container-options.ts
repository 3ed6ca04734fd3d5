import { filesInside } from './entrypoint.ts'
import { isLive, liveInside } from './live.ts'
import type { Container } from '../manifest/manifest-container.ts'
import { quoteName } from '../names.ts'
import { executableInside, insidePlace } from './scope-mounts.ts'

/** Why an option of `docker run` is not one for `options:`, and what to write instead; null: it goes through as it
 *  stands. It comes after ours, and would undo them. */
export const optionProblem = (option: string, container: Container): string | null => {
  const [flag = '', ...rest] = option.split('=')
  const cure = cureOf(flag, rest.join('='), container)
  return cure === null ? null : `\`options: [${quoteName(flag)}]\` of container ${container.name} ${cure}`
}

const cureOf = (flag: string, value: string, container: Container): string | null => {
  if (flag === '--entrypoint' || flag === '--user') return container.receive === 'mount' ? null : wrapped[flag]
  if (flag === '--label' && !value.startsWith('lockstep.')) return null
  const place = placesIn(flag, value).find((one) => ourPlaces(container).some((ours) => isWithin(one, ours)))
  if (place !== undefined) return `would cover ${quoteName(place)}, where its secrets are: mount it elsewhere`
  return cures.get(flag) ?? null
}

/** With our entrypoint before the program's own. */
const wrapped = {
  '--entrypoint': 'needs `receive: mount`: the entrypoint is ours otherwise, and `command:` says what it starts',
  '--user': 'needs `receive: mount`: say `uid:`, or leave it to the image',
} as const

const [itself, aside] = ['is what lockstep does itself: leave it out', 'is not for a container that goes on running']

/** What deliveries count on. */
const cures: ReadonlyMap<string, string> = new Map([
  ['--name', 'would hide it from deliveries: it is called after its key under `containers:`'],
  ['--label', 'would hide it from deliveries: labels that begin with lockstep. are ours'],
  ['--label-file', 'could hold labels of ours: write --label=NAME=value'],
  ['--rm', `${aside}: lockstep removes what it replaces, and keeps what failed for its logs`],
  ['--detach', itself],
  ['--attach', `${aside}: docker logs shows what it writes`],
  ['--cidfile', 'works once: docker inspect says its id'],
  ['--replace', 'would remove a container that is not ours: leave it out'],
  ['--rmi', 'would remove the image that a way back needs: leave it out'],
  ['--help', 'starts nothing: leave it out'],
])

const ourPlaces = (container: Container): readonly string[] => {
  const { passwordFile, directory } = insidePlace(container)
  const scope = isLive(container) ? [liveInside] : [passwordFile, directory]
  if (container.receive === 'mount') return scope
  return [...scope, executableInside, ...(container.receive === 'files' ? [filesInside] : [])]
}

/** Where a mount of this option is seen inside. */
const placesIn = (flag: string, value: string): readonly string[] => {
  const parts = value.split(flag === '--mount' ? ',' : ':')
  if (flag === '--tmpfs') return parts.slice(0, 1)
  // without a source its only part is the place
  if (flag === '--volume') return parts.slice(0, 2).slice(-1)
  if (flag !== '--mount') return []
  return parts.flatMap((part) => /^[\s"]*(?:target|dst|destination)=([^"]*)"?$/i.exec(part)?.[1] ?? [])
}

const isWithin = (place: string, ours: string): boolean => {
  const path = place.split('/').filter((part) => part !== '' && part !== '.')
  const parent = ours.split('/').filter((part) => part !== '')
  return path.includes('..') || parent.every((part, index) => path[index] === part)
}
