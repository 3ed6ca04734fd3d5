import type { Canonical } from '../../core/canonical.ts'
import { containerName, failedName, runArguments } from '../../core/containers/container-command.ts'
import type { ContainerTarget } from '../../core/containers/container-command.ts'
import type { ContainerPlan } from '../../core/containers/container-plan.ts'
import { composeOverride } from '../../core/containers/compose-override.ts'
import { wrapOf } from '../../core/containers/entrypoint.ts'
import { fail } from '../../core/errors.ts'
import { isLive } from '../../core/containers/live.ts'
import type { Container } from '../../core/manifest/manifest.ts'
import { unitDropIn } from '../../core/containers/unit-drop-in.ts'
import { startsByItself } from '../../core/containers/unit-facts.ts'
import type { UnitFacts } from '../../core/containers/unit-facts.ts'
import type { Consumer } from './consumer-steps.ts'

/** What the host is told about one consumer, to replace it and to settle that. `unit` where it is one of systemd's. */
export const consumerOf = (
  { container, action }: Pick<ContainerPlan, 'container' | 'action'>,
  target: ContainerTarget,
  unit: UnitFacts | null,
): Consumer => {
  const live = isLive(container) ? { live: liveOf(container, target) } : {}
  if (action === 'refresh') return { ...live, ...tellOf(container, unit), kind: 'tell', container: container.name }
  return { ...live, ...replacementOf(container, target, unit) }
}

const liveOf = ({ uid }: Container, { generation, content, digest }: ContainerTarget): Canonical => ({
  generation: { ...generation },
  content,
  digest,
  ...(uid === null ? {} : { uid }),
})

/** How the running program is told. Nothing is to be restarted or waited for where it is not told at all. */
const tellOf = ({ runs, onChange }: Container, unit: UnitFacts | null): Consumer => ({
  of: runs.kind,
  ...(onChange.kind === 'signal' ? { tell: { signal: onChange.signal } } : {}),
  ...(onChange.kind === 'command' ? { tell: { command: onChange.command } } : {}),
  ...(runs.kind === 'systemd'
    ? { unit: runs.unit, restart: onChange.kind !== 'none' && unit !== null && !startsByItself(unit) }
    : {}),
})

const replacementOf = (container: Container, target: ContainerTarget, unit: UnitFacts | null): Consumer => {
  const { runs, name } = container
  const base = { kind: runs.kind, container: name }
  if (runs.kind === 'image') {
    const called = containerName(target.project, target.environment, name)
    return { ...base, ...wrapped(container), name: called, image: runs.image, argv: runArguments(container, target) }
  }
  if (runs.kind === 'compose') {
    const { file, service } = runs
    return { ...base, ...wrapped(container), file, service, override: composeOverride(container, target) }
  }
  if (unit === null) throw fail('INTERNAL', 'a unit was planned that nobody asked about', { at: runs.unit })
  return { ...base, unit: runs.unit, text: unitDropIn(container, target, unit), restart: !startsByItself(unit) }
}

const wrapped = (container: Container): { readonly [key: string]: Canonical } => {
  const wrap = wrapOf(container)
  if (wrap === null) return {}
  return { wrap: { asRoot: wrap.asRoot, ...(wrap.command === null ? {} : { command: wrap.command }) } }
}

/** What to type on the host to see why it did not come up; null: nothing there knows. `kept`: see Settled. */
export const logsOf = (
  { container, action }: Pick<ContainerPlan, 'container' | 'action'>,
  target: ContainerTarget,
  engine: 'docker' | 'podman',
  kept: boolean,
): string | null => {
  const { runs, name } = container
  if (runs.kind === 'systemd') return `journalctl -u ${runs.unit}`
  if (runs.kind === 'compose') return `docker compose -f ${runs.file} logs ${runs.service}`
  const own = containerName(target.project, target.environment, name)
  if (action === 'refresh') return `${engine} logs ${own}`
  return kept ? `${engine} logs ${failedName(own)}` : null
}
