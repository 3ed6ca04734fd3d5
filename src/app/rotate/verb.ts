import { shellWord } from '../../core/host-text.ts'
import type { RotateOptions } from './rotation-context.ts'

/** What a person types to do this again, after `lockstep`: with the names, and the flags that say what it is about. */
export const verbOf = (options: About): string => {
  const { mode, names, hosts, due, exposedBy, isEmergency, isAbandoning, abandon } = options
  return [
    'rotate',
    ...(mode === 'new' ? [] : [`--${mode}`]),
    ...names.map(shellWord),
    ...(hosts === null ? [] : ['--hosts', shellWord(hosts)]),
    ...(due ? ['--due'] : []),
    ...(exposedBy === null ? [] : ['--exposed-by', shellWord(exposedBy)]),
    ...(isEmergency ? ['--emergency'] : []),
    ...(isAbandoning ? ['--abandon'] : []),
    ...abandon.flatMap((host) => ['--abandon-host', shellWord(host)]),
  ].join(' ')
}

type About = Pick<
  RotateOptions,
  'mode' | 'names' | 'hosts' | 'due' | 'exposedBy' | 'isEmergency' | 'isAbandoning' | 'abandon'
>
