import { defaultEnvironment } from '../manifest/environment.ts'
import { type Installed, scheduleWord } from './installed.ts'
import { jobs } from './jobs.ts'

/** What manage-secrets.sh takes, here and in a project. */
export const manageVerbs: readonly string[] = [
  ...new Set(['setup', 'rotate', 'audit', 'deploy', 'status', 'backup', ...jobs.map(({ name }) => name)]),
]

/** /opt/<project>/scripts/manage-secrets.sh: the same verbs from anywhere, in the clone it was installed from. */
export const manageText = ({ root, program, environment, mark }: Installed): string => {
  const stays = environment === defaultEnvironment ? '' : ` -E ${environment}`
  return `#!/bin/sh
${mark}
# manage-secrets.sh ${manageVerbs.join('|')} [arguments]
set -eu
verb=\${1:-}
case $verb in
  ${manageVerbs.join(' | ')}) shift ;;
  *)
    echo "usage: $0 ${manageVerbs.join('|')} [arguments]" >&2
    exit 2
    ;;
esac
cd -- ${scheduleWord(root)}
exec ${scheduleWord(program)} "$verb"${stays} "$@"
`
}
