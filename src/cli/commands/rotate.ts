import type { RotationStage } from '../../app/rotate/rotation-context.ts'
import { fail } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import { again } from '../again.ts'
import { actionOf } from '../belonging.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, checkFlag, hostsFlag } from '../fleet-flags.ts'
import { interruptible } from '../interruptible.ts'
import { interruptedWords } from '../rotation-interrupted.ts'
import { historySchema } from '../rotation-history-output.ts'
import { rotationResult, rotationSchema } from '../rotation-result.ts'
import { byAction } from '../schemas.ts'

const going = ['resume', 'abort'] as const

export const command: Command = define({
  name: 'rotate',
  area: 'fleet',
  summary: 'replace credentials at their origin, deliver them, prove them, and end the old ones',
  about: `
Each credential that lockstep.yaml says how to rotate gets a new value, accepted beside the old one where its upstream can
do that; it is delivered to every host that needs it, batch by batch, and only when every container was proved to run it
the old one is ended. Without names everything is rotated, and every host gets new passwords. What was done is recorded on
the fleet before it is done: killed anywhere, --resume goes on and --abort takes it back, from any clone. What went well,
and only waits until its former value ends, is taken back by name.`,
  args: [
    {
      name: 'WHAT',
      actions: ['history'],
      summary: 'secrets, groups or credentials (group/SECRET); history alone: what was rotated when, by whom, and why',
      many: true,
    },
  ],
  rest: { ...ansibleRest, for: ['', 'history'] },
  flags: {
    ...hostsFlag,
    ...checkFlag,
    due: { type: 'boolean', summary: 'only what is older than its group says, and ends that are due' },
    expect: { type: 'string', value: 'PLAN', summary: 'run this plan (from --check) or none' },
    resume: {
      type: 'boolean',
      summary: 'go on with what was cut off, and end old values that are due',
      not: ['abort'],
    },
    abort: {
      type: 'boolean',
      summary: 'take back what was cut off; by name also what waits for the end of its former value',
    },
    emergency: {
      type: 'boolean',
      summary: 'somebody has the old value: no overlap, ended as early as its upstream can',
    },
    'exposed-by': {
      type: 'string',
      value: 'WHO',
      not: ['hosts', 'due', 'resume', 'abort'],
      summary: 'what this host or operator could read, and nothing else, with the proof',
    },
    'allow-missing': {
      type: 'boolean',
      summary: 'go on without hosts that do not answer; they hold up the end of old values',
    },
    abandon: {
      type: 'boolean',
      for: ['--abort'],
      summary: 'what is named and cannot be taken back is left at its origin as it is',
    },
    'abandon-host': { type: 'list', value: 'HOST', summary: 'wait for this host no more' },
    'take-over': {
      type: 'string',
      value: 'RUN',
      summary: 'go on where this run, which you know to be dead, still holds a host',
    },
  },
  examples: [
    { line: 'lockstep rotate --check', says: 'what would be done, where' },
    { line: 'lockstep rotate --due', says: 'for cron: what its group says is too old' },
    { line: 'lockstep rotate AWS_SECRET_ACCESS_KEY', says: 'one credential, with all its secrets' },
    { line: 'lockstep rotate --hosts onode1', says: 'new passwords and per-host secrets there' },
    { line: 'lockstep rotate --exposed-by onode1 --emergency', says: 'somebody was on that host' },
    { line: 'lockstep rotate --exposed-by anna --check', says: 'what is left that an operator knows who has left' },
    { line: 'lockstep rotate --resume', says: 'after it was cut off' },
    { line: 'lockstep rotate history', says: 'when, who, what, how it was proved, and why' },
  ],
  output: byAction({ '': rotationSchema, history: historySchema }),
  run: async (call) => {
    if (actionOf(command, call.args) === 'history') return (await import('../rotation-history.ts')).history(call)
    const { args, flags, rest, ports, environment, report } = call
    const mode = going.find((one) => flags[one]) ?? 'new'
    if (mode !== 'new' && (flags.due || flags.expect !== undefined || flags.hosts !== undefined)) {
      throw fail('USAGE', `--${mode} goes with none of --hosts, --due, --expect: it is about all that was begun`, {
        hint: ['lockstep rotate', `--${mode}`, ...(mode === 'abort' ? args.WHAT.map(shellWord) : [])].join(' '),
      })
    }
    if (mode === 'resume' && args.WHAT.length > 0) {
      throw fail('USAGE', '--resume takes no names: it goes on with all that was begun', {
        hint: 'lockstep rotate --resume; to take back one alone: lockstep rotate --abort NAME',
      })
    }
    if (flags.abandon && args.WHAT.length === 0) {
      throw fail('USAGE', '--abandon wants the names of what is given up', {
        hint: 'lockstep rotate --abort NAME --abandon',
      })
    }
    const exposedBy = flags['exposed-by'] ?? null
    if (exposedBy !== null && args.WHAT.length > 0) {
      throw fail('USAGE', '--exposed-by says itself what is rotated', { hint: `lockstep rotate --exposed-by WHO` })
    }
    const [{ findProject }, { rotate }, { afterRotation }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/rotate/rotate.ts'),
      import('../../app/alerts/after-look.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    let stage: RotationStage | null = null
    const words = (): string => (flags.check ? 'nothing was changed' : interruptedWords(mode, stage))
    const done = await interruptible(call, words, (onHost) =>
      rotate(ports, project, {
        mode,
        names: args.WHAT,
        hosts: flags.hosts ?? null,
        due: flags.due,
        exposedBy,
        check: flags.check,
        expect: flags.expect ?? null,
        isEmergency: flags.emergency,
        allowMissing: flags['allow-missing'],
        abandon: flags['abandon-host'],
        isAbandoning: flags.abandon,
        takeOver: flags['take-over'] ?? null,
        reason: ports.caller.reason ?? (exposedBy === null ? null : `exposed by ${exposedBy}`),
        isAttended: ports.terminal.isInteractive,
        arguments: rest,
        onHost,
        onStep: (line) => report(line),
        onStage: (next) => void (stage = next),
      }),
    )
    if (!flags.check) await afterRotation(ports, project, done, report.always)
    const way = mode === 'new' ? [] : [`--${mode}`]
    const verb = ['rotate', ...way, ...args.WHAT.map(shellWord)].join(' ')
    return rotationResult(done, (plan) => again(verb, { flags, rest }, mode === 'new' ? plan : null))
  },
})
