import { define, type Command } from '../command.ts'

export const command: Command = define({
  name: 'completion',
  area: 'project',
  summary: 'print the completion script of a shell',
  args: [{ name: 'SHELL', required: true, choices: ['bash', 'zsh', 'fish'], summary: 'which shell it is for' }],
  examples: [
    { line: 'source <(lockstep completion bash)', says: 'in ~/.bashrc' },
    { line: 'source <(lockstep completion zsh)', says: 'in ~/.zshrc, after compinit' },
    { line: 'lockstep completion fish | source', says: 'in ~/.config/fish/config.fish' },
  ],
  output: {
    type: 'object',
    properties: { shell: { enum: ['bash', 'zsh', 'fish'] }, script: { type: 'string' } },
    required: ['shell', 'script'],
    additionalProperties: false,
  },
  run: async ({ args }) => {
    const [{ completionScript }, { commands }] = await Promise.all([import('../completion.ts'), import('./index.ts')])
    const all = await Promise.all(Object.values(commands).map(async (load) => (await load()).command))
    const script = completionScript(args.SHELL, all)
    return { text: script, json: { shell: args.SHELL, script } }
  },
})
