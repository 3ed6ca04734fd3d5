import { pathFrom } from '../../core/absolute-path.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Names } from '../../core/log/entry.ts'
import { define, type Command } from '../command.ts'
import { inMetadata, inProject } from '../in-project.ts'
import { rekeyedResult, rekeyedSchema } from '../rekeyed.ts'
import { byAction, listOf, object, text, truth } from '../schemas.ts'

export const command: Command = define({
  name: 'operators',
  area: 'secrets',
  summary: 'who can open the project with a key of their own',
  about: `
Each operator has the project password in secrets/operators/NAME.age, sealed for their own age or ssh key; then nobody
needs .vault-password. Removing somebody makes a new password and a new project key, and lists every secret they
could read: these they still know, so replace them.`,
  args: [
    { name: 'ACTION', required: true, choices: ['list', 'add', 'remove'], summary: 'list, add or remove' },
    { name: 'NAME', for: ['add', 'remove'], summary: 'the person, as in anna' },
    {
      name: 'KEY',
      for: ['add'],
      not: ['key-file'],
      summary: 'their public key: age1…; an ssh key comes by --key-file',
    },
  ],
  flags: {
    'key-file': {
      type: 'string',
      for: ['add'],
      value: 'FILE',
      summary: 'file with their public key; - is standard input',
    },
    'new-password-file': {
      type: 'string',
      for: ['remove'],
      value: 'FILE',
      summary: 'your own new password, not a generated one',
    },
  },
  examples: [
    { line: 'lockstep operators add anna --key-file anna.pub', says: 'with her ssh key' },
    { line: 'lockstep operators add ben age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq', says: 'age' },
    { line: 'lockstep operators remove anna', says: 'and see what to replace' },
  ],
  output: byAction({
    list: object({ operators: listOf(object({ name: text, recipient: text, added: text })) }),
    add: object({ added: { ...truth, description: 'false: they were there already' } }),
    remove: rekeyedSchema,
  }),
  run: async (call) => {
    const { args, ports } = call
    const { addOperator, listOperators, removeOperator } = await import('../../app/project/operators.ts')
    if (args.ACTION === 'list') {
      const operators = await inMetadata(call, listOperators)
      const lines = operators.map(({ name, recipient, added }) => `${name}  ${added.slice(0, 10)}  ${recipient}`)
      return {
        text: lines.length === 0 ? 'no operators: the password is in .vault-password' : lines.join('\n'),
        json: { operators },
      }
    }
    const name = args.NAME ?? missing(`lockstep operators ${args.ACTION} NAME`)
    if (args.ACTION === 'remove') {
      const { readPasswordFile } = await import('../../app/project/password-file.ts')
      const path = call.flags['new-password-file']
      const password = path === undefined ? null : await readPasswordFile(ports, path)
      const done = await inProject(call, ofOperator(name), (open) => removeOperator(ports, open, { name, password }))
      return rekeyedResult(done, { projectKey: true, left: name })
    }
    const recipient = args.KEY ?? (await readKey(ports, call.flags['key-file']))
    const { added, directory } = await inProject(call, ofOperator(name), async (open) => ({
      ...(await addOperator(ports, open, { name, recipient })),
      directory: open.project.paths.secretsName,
    }))
    const text = added ? `${name} can open this project once this is pushed` : `${name} is there already`
    return { text, json: { added }, next: `git add ${directory} && git commit && git push` }
  },
})

const ofOperator = (name: string): { readonly action: 'change'; readonly names: Names } => ({
  action: 'change',
  names: { files: [`operators/${name}.age`], password: true },
})

const missing = (hint: string): never => {
  throw fail('USAGE', 'this needs a name', { hint })
}

const readKey = async ({ files, machine, terminal }: Ports, path: string | undefined): Promise<string> => {
  if (path === undefined) {
    throw fail('USAGE', 'which key?', { hint: 'lockstep operators add NAME age1…, or --key-file FILE' })
  }
  const full = pathFrom(machine.cwd, path)
  const bytes = path === '-' ? await terminal.readInput() : await files.read(full, { fifo: true, max: 64 * 1024 })
  if (bytes === null) {
    throw fail('NOT_FOUND', 'no such key file', {
      at: path,
      hint: 'the public side of their key, as ~/.ssh/id_ed25519.pub; - is standard input',
    })
  }
  return new TextDecoder().decode(bytes)
}
