import { changedSchema } from '../changes.ts'
import { define, type Command } from '../command.ts'
import { hostFlag, onlyHost } from '../in-project.ts'

export const command: Command = define({
  name: 'edit',
  area: 'secrets',
  summary: 'edit a group in your editor',
  about: `
Opens the group's text in $VISUAL or $EDITOR, in a private directory in memory, of which nothing is left afterwards. Text
that cannot be read goes back to the editor with the reason; leaving it as it is then gives up. When nothing changed,
nothing is written. Each value that differs becomes a new version.`,
  args: [{ name: 'GROUP', summary: 'the group (default: the only one there is)' }],
  flags: hostFlag,
  examples: [
    { line: 'lockstep edit aws', says: 'edit it' },
    { line: 'EDITOR="code --wait" lockstep edit aws', says: 'in another editor' },
    { line: 'lockstep edit aws --host onode1', says: 'what only this host has' },
  ],
  output: changedSchema,
  run: async (call) => {
    const [{ editGroup, findGroup }, { changing }] = await Promise.all([
      import('../../app/secrets/edit.ts'),
      import('../changing.ts'),
    ])
    const { ports, args, flags, report, signal } = call
    const { result } = await changing(
      call,
      { groups: args.GROUP === undefined ? [] : [args.GROUP], hosts: onlyHost(flags.host) },
      async (open) => {
        const target = { group: await findGroup(open, args.GROUP), host: flags.host ?? null }
        const edited = await editGroup(ports, open, target, { report, signal: unlessKeyboard(signal) })
        return edited ?? { secrets: [], files: [] }
      },
      ({ files }) => (files.length === 0 ? 'nothing was changed' : 'no value was changed'),
    )
    return result
  },
})

const sigint = 2

/** Ctrl-C belongs to the editor while it is in front. */
const unlessKeyboard = (signal: AbortSignal): AbortSignal => {
  const stop = new AbortController()
  const hear = (): void => {
    if (signal.reason !== sigint) stop.abort(signal.reason)
  }
  if (signal.aborted) hear()
  signal.addEventListener('abort', hear)
  return stop.signal
}
