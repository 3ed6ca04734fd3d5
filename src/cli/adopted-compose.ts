import type { AdoptedCompose } from '../app/project/adopt-compose.ts'
import type { Adoption } from '../core/containers/compose-adoption.ts'
import type { Result } from './command.ts'
import { noteLine } from './note-line.ts'

/** For each service: the manifest's lines, the override that hosts get, what to look at; then what was left out. */
export const adoptedComposeResult = ({ adopted, passedOver, files }: AdoptedCompose): Result => {
  const services = adopted.map(({ service, container, settings, notes }) => ({ service, container, settings, notes }))
  const json = { changed: [], files, services, passedOver }
  const left = passedOver.map((name) => `${name}: asks for no secret of this project (--group gives it one)`)
  if (adopted.length === 0) return { text: [...left, 'nothing to adopt'].join('\n'), json }
  const done = files.length > 0 ? [`written to ${files.join(', ')}`] : []
  return {
    text: [...adopted.map(shown), ...left, ...done].join('\n'),
    json,
    next: files.length > 0 ? 'lockstep deploy --check' : 'the same with --yes writes lockstep.yaml',
  }
}

const shown = (one: Adoption): string =>
  [
    `${one.service}`,
    '  in lockstep.yaml, under containers:',
    `    ${one.line}`,
    `  on each host, beside the service's own file (compose/${one.container}.yaml):`,
    ...one.override
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
    ...one.notes.map((note) => `  ${noteLine(note)}`),
  ].join('\n')
