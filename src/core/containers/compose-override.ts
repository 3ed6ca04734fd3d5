import type { Canonical } from '../canonical.ts'
import { labels } from './container-command.ts'
import type { ContainerTarget } from './container-command.ts'
import { entrypointWords, filesInside, memoryMount, startsAs, wrapOf } from './entrypoint.ts'
import type { Container } from '../manifest/manifest.ts'
import { executableInside, insidePlace, scopeMounts } from './scope-mounts.ts'

/** What stands in the compose file of ours that is laid over the host's own, for one service. The host adds what only
 *  it knows: the file's version, and the service's own command behind our entrypoint. No value ever stands in it. */
export const composeOverride = (container: Container, target: ContainerTarget): Canonical => {
  const { directory, generation } = target
  const user = startsAs(container)
  const service: { readonly [key: string]: Canonical } = {
    labels: Object.fromEntries(labels(container, target)),
    volumes: scopeMounts(container, directory, generation.number).map((mount) => ({
      type: 'bind',
      source: mount.source,
      target: mount.target,
      read_only: true,
      bind: { create_host_path: false },
    })),
    ...(user === null ? {} : { user }),
    ...(container.receive === 'files' ? { tmpfs: [memoryMount(container)] } : {}),
    ...(wrapOf(container) === null ? {} : { entrypoint: [executableInside, ...wrapped(container)] }),
  }
  return { services: container.runs.kind === 'compose' ? { [container.runs.service]: service } : {} }
}

const wrapped = (container: Container): readonly string[] =>
  entrypointWords(container.receive, insidePlace(container), filesInside)
