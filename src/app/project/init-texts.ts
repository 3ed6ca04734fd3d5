/** What `init` writes: every text of a new project that holds no secret. */
import { manageVerbs } from '../../core/schedule/manage-script.ts'

export const manifestText = (project: string, settings: readonly string[]): string =>
  [
    '# which secrets exist, which host and container gets them, how each is replaced',
    `project: ${project}`,
    ...settings,
    '',
    '# containers:',
    '#   api: { hosts: api_servers, groups: [app], image: shop/api:1.4, publish: ["127.0.0.1:8080:8080"], health: /health }',
    '',
  ].join('\n')

export const inventoryText = `# the hosts, as any Ansible inventory; for example
#
# [api_servers]
# onode1 ansible_host=192.0.2.10 ansible_user=root
`

export const ansibleText = `[defaults]
# lockstep puts its collection there
collections_path = .lockstep/collections:~/.ansible/collections:/usr/share/ansible/collections

[ssh_connection]
pipelining = True
`

export const playbookText = `# delivers secrets and re-creates what uses them:
#   ansible-playbook -i inventory/production playbooks/api-deploy.yml
- name: Deliver secrets
  hosts: all
  gather_facts: false
  roles:
    - role: lockstep.secrets.deploy
`

export const ignoredLines: readonly string[] = ['.vault-password', '.vault-password.*', '.lockstep/']

/** What lets git take the sealed files where somebody's own line keeps every .env file from it. */
export const exceptedLines: readonly string[] = ['!/secrets/**/*.env', '!/environments/**/secrets/**/*.env']

export const attributeLines: readonly string[] = [
  'secrets/**/*.env -text merge=lockstep diff=lockstep',
  'secrets/metadata.yaml -text merge=lockstep',
  'environments/**/secrets/**/*.env -text merge=lockstep diff=lockstep',
  'environments/**/secrets/metadata.yaml -text merge=lockstep',
]

/** A thin way into the program for those who are used to a script: finds the project, hands everything over. */
const scriptText = (name: string, verbs: readonly string[], example: string): string => `#!/bin/sh
# ${name} ${verbs.join('|')} [arguments]: runs lockstep in this project
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
verb=\${1:-}
case $verb in
  ${verbs.join(' | ')}) shift ;;
  *)
    echo "usage: $0 ${verbs.join('|')} [arguments]" >&2
    echo "  for example: ${example}" >&2
    exit 2
    ;;
esac
case $PWD/ in
  "$root"/*) ;;
  *) cd -- "$root" ;;
esac
for program in "\${LOCKSTEP_PROGRAM:-}" "$root/node_modules/.bin/lockstep" "$root/bin/lockstep" \\
  "$(command -v lockstep || true)" /usr/local/bin/lockstep "\${HOME:-}/.local/bin/lockstep"; do
  if [ -n "$program" ] && [ -x "$program" ]; then
    exec "$program" "$verb" "$@"
  fi
done
echo "error: no lockstep on PATH ($PATH), in /usr/local/bin, ~/.local/bin or node_modules/.bin of the project" >&2
echo "  hint: ln -s /path/to/lockstep /usr/local/bin, or LOCKSTEP_PROGRAM=/path/to/lockstep $0 $verb" >&2
exit 127
`

export const encryptScript: string = scriptText(
  'encrypt-secrets.sh',
  ['create', 'edit', 'view', 'rekey', 'set', 'get', 'rm', 'list', 'import', 'export'],
  'encrypt-secrets.sh create --from .env',
)

export const manageScript: string = scriptText(
  'manage-secrets.sh',
  manageVerbs,
  'manage-secrets.sh deploy --hosts onode1 --check',
)
