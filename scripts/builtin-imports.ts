/** Node's modules by `process.getBuiltinModule` in place of `import`, in our own sources as they are bundled. An import
 *  makes a module namespace, which reads every export and with it loads what no command needs: 4 ms for node:fs. */
import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'

const importing = /^import \{([^}]*)\} from '(node:[^']+)'$/gm

/** `import { a, b as c, type D } from 'node:x'` as `const { a, b: c } = process.getBuiltinModule('node:x')`. */
export const withoutBuiltinImports = (source: string): string =>
  source.replace(importing, (_, names: string, module: string) => {
    const values = names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
    if (values.length === 0) return ''
    return `const { ${values.map((name) => name.replace(' as ', ': ')).join(', ')} } = process.getBuiltinModule('${module}')`
  })

export const builtinImports: Plugin = {
  name: 'builtin-imports',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: withoutBuiltinImports(readFileSync(path, 'utf8')),
      loader: 'ts',
    }))
  },
}
