/** What a program pays for its secrets: importing the library over bare Node, and loading 50 secrets. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { scopeFiles, writeScope } from '../test/support/scope.ts'
import { inProcess, type Contender, type Prepared, type Subject } from './compare.ts'
import { derivation } from './decrypt.ts'
import { buildAll, madeUp, workplace } from './project.ts'
import { timeProgram } from './rivals.ts'

const prepare = async (): Promise<Prepared> => {
  const library = pathToFileURL(buildAll().library).href
  const { directory, remove } = workplace()
  writeScope(directory, await scopeFiles({ app: Object.fromEntries(madeUp(50)) }))
  const options = { passwordFile: join(directory, 'vault-password'), directory: join(directory, 'secrets') }
  const program = (name: string, text: string): Contender => {
    const path = join(directory, `${name.replaceAll(/\W+/g, '-')}.mjs`)
    writeFileSync(path, text)
    return { name, work: () => timeProgram(process.execPath, [path]) }
  }
  const bare = program('bare Node', '')
  const imported = program('import lockstep', `import ${JSON.stringify(library)}`)
  const loading = `import { load } from ${JSON.stringify(library)}
await load({ ...${JSON.stringify(options)}, announce: () => {} })`
  const { load }: typeof import('../src/index.ts') = await import(library)
  const loads: Contender = {
    name: 'load',
    work: inProcess(async () => {
      const secrets = await load({ ...options, degraded: false, announce: () => {} })
      secrets.close()
    }),
  }
  return {
    figures: [
      { name: 'import of the library', ours: imported, rivals: [bare], rounds: 41, promise: '15 ms over bare Node' },
      { name: 'load 50 secrets, in process', ours: loads, rivals: [derivation], rounds: 41, promise: '15 ms' },
      { name: 'a program that loads 50', ours: program('lockstep', loading), rivals: [bare], promise: '' },
    ],
    clean: async () => remove(),
  }
}

export const library: Subject = { name: 'library', prepare }
