import { pathFrom } from '../../core/absolute-path.ts'
import { fail } from '../../core/errors.ts'
import { define, type Command } from '../command.ts'

export const command: Command = define({
  name: 'git',
  area: 'project',
  summary: 'merge and show files of secrets for git',
  about: `
Called by git, as lockstep init sets it up. Two branches that change different secrets merge; where both change the same
one, the conflict shows names and fingerprints and no value, and our side stays in the file.`,
  hidden: true,
  args: [
    { name: 'ACTION', required: true, choices: ['merge-driver', 'diff-text'], summary: 'merge-driver or diff-text' },
    {
      name: 'FILE',
      required: true,
      many: true,
      summary: 'merge-driver: base, ours, theirs, path; diff-text: the file',
    },
  ],
  flags: { root: { type: 'string', for: ['diff-text'], value: 'DIRECTORY', summary: 'where the project is' } },
  examples: [
    { line: 'lockstep git merge-driver %O %A %B %P', says: 'git config merge.lockstep.driver' },
    { line: 'lockstep git diff-text secrets/aws.env', says: 'names and fingerprints of one file' },
  ],
  output: {
    type: 'object',
    properties: { conflicts: { type: 'array', items: { type: 'string' } }, text: { type: 'string' } },
    additionalProperties: false,
  },
  run: async ({ args, flags, ports }) => {
    const [first = '', ours, theirs, path] = args.FILE
    if (args.ACTION === 'diff-text') {
      const { textForGit } = await import('../../app/git/git-diff.ts')
      const { cwd } = ports.machine
      const machine = flags.root === undefined ? ports.machine : { ...ports.machine, cwd: `${cwd}/${flags.root}` }
      const text = await textForGit({ ...ports, machine }, pathFrom(cwd, first))
      return { text: new TextEncoder().encode(text), json: { text } }
    }
    if (ours === undefined || theirs === undefined || path === undefined) {
      throw fail('USAGE', 'a merge driver gets four files', { hint: 'lockstep git merge-driver %O %A %B %P' })
    }
    const { mergeForGit } = await import('../../app/git/git-merge.ts')
    const { conflicts } = await mergeForGit(ports, { base: first, ours, theirs, path })
    if (conflicts.length === 0) return { json: { conflicts } }
    const lines = [
      `both branches changed these in ${path}; the file has our side:`,
      ...conflicts.map((line) => `  ${line}`),
      'lockstep set NAME chooses another value; then git add secrets',
    ]
    return { text: lines.join('\n'), json: { conflicts }, exit: 1 }
  },
})
