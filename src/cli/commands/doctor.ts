import { define, type Command } from '../command.ts'
import { staying } from '../staying.ts'
import { table } from '../table.ts'

export const command: Command = define({
  name: 'doctor',
  area: 'project',
  summary: 'say whether everything needed is there, and what to type next',
  about: `
Looks at the programs of this machine, the manifest, the password and its file, every file of secrets, git, the
inventory, and the Python of the hosts as last seen. Changes nothing, except with --install-ansible.`,
  flags: {
    'install-ansible': { type: 'boolean', summary: 'put ansible-core, pinned by hash, into an environment of its own' },
  },
  examples: [
    { line: 'lockstep doctor', says: 'what is there, what is not, what next' },
    { line: 'lockstep doctor --install-ansible', says: 'where the machine has no Ansible' },
  ],
  output: {
    type: 'object',
    properties: {
      checks: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            what: { type: 'string' },
            state: { enum: ['ok', 'note', 'wrong'] },
            says: { type: 'string' },
            hint: { type: ['string', 'null'] },
          },
          required: ['what', 'state', 'says', 'hint'],
          additionalProperties: false,
        },
      },
      next: { type: 'string' },
    },
    required: ['checks', 'next'],
    additionalProperties: false,
  },
  run: async ({ ports, flags, environment, report }) => {
    const { diagnose } = await import('../../app/project/doctor.ts')
    if (flags['install-ansible']) await ports.fleet.prepare(report)
    const stay = (text: string): string => staying(text, environment)
    const found = await diagnose(ports, environment)
    const checks = found.checks.map((check) => ({ ...check, hint: check.hint === null ? null : stay(check.hint) }))
    const next = stay(found.next)
    const rows = checks.map(({ state, what, says, hint }) => [
      state,
      what,
      state === 'ok' || hint === null ? says : `${says}: ${hint}`,
    ])
    const isWell = checks.every(({ state }) => state !== 'wrong')
    return { text: table(rows), json: { checks, next }, next, ...(isWell ? {} : { exit: 'CONFIG' as const }) }
  },
})
