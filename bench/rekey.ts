/** A new project password for 200 secrets in ten groups, beside the rivals' way to the same. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender, Prepared, Subject } from './compare.ts'
import { buildAll, dotenvText, madeUp, makeProject, workplace } from './project.ts'
import { ansibleVault, findProgram, runProgram, timeProgram } from './rivals.ts'

const files = Array.from({ length: 10 }, (_, i) => `group-${i}.env`)

const writeGroups = (directory: string): void => {
  mkdirSync(directory, { recursive: true })
  for (const file of files) writeFileSync(join(directory, file), dotenvText(madeUp(20)), { mode: 0o600 })
}

const sops = (directory: string): Contender | null => {
  const [program, keygen] = [findProgram('sops'), findProgram('age-keygen')]
  if (program === null || keygen === null) return null
  writeGroups(directory)
  const make = `${keygen} -o key 2>/dev/null; ${keygen} -o other 2>/dev/null
for f in *.env; do ${program} encrypt -i --age "$(${keygen} -y key)" $f; done`
  runProgram('sh', ['-c', make], { cwd: directory })
  const env = { ...process.env, SOPS_AGE_KEY_FILE: join(directory, 'key') }
  const again = `printf 'creation_rules:\\n  - age: %s,%s\\n' "$(${keygen} -y key)" "$(${keygen} -y other)" > .sops.yaml
for f in *.env; do ${program} updatekeys -y $f && ${program} rotate -i $f || exit 1; done`
  return { name: 'sops updatekeys + rotate', work: () => timeProgram('sh', ['-c', again], { cwd: directory, env }) }
}

const ansible = (directory: string): Contender | null => {
  const program = ansibleVault()
  if (program === null) return null
  writeGroups(directory)
  writeFileSync(join(directory, 'password'), 'a password for the bench alone\n', { mode: 0o600 })
  const own = ['--vault-password-file', 'password']
  runProgram(program, ['encrypt', ...own, ...files], { cwd: directory })
  const args = ['rekey', ...own, '--new-vault-password-file', 'password', ...files]
  return { name: 'ansible-vault rekey', work: () => timeProgram(program, args, { cwd: directory }) }
}

const prepare = async (): Promise<Prepared> => {
  const { launcher, executable } = buildAll()
  const { directory, remove } = workplace()
  const project = join(directory, 'lockstep')
  makeProject(executable, project, madeUp(200))
  const rivals = [sops(join(directory, 'sops')), ansible(join(directory, 'ansible'))]
  const present = rivals.filter((rival) => rival !== null)
  const ours = (name: string, command: string): Contender => ({
    name,
    work: () => timeProgram(command, ['rekey', '--quiet'], { cwd: project }),
  })
  const how = { rivals: present, rounds: 7, promise: 'ahead' }
  return {
    figures: [
      { name: 'rekey 200 secrets, executable', ours: ours('executable', executable), ...how },
      { name: 'rekey 200 secrets, Node', ours: ours('Node build', launcher), ...how },
    ],
    missing: rivals.includes(null) ? ['sops (built with Go into build/bench/bin) or ansible-vault (by pip)'] : [],
    clean: async () => remove(),
  }
}

export const rekey: Subject = { name: 'rekey', prepare }
