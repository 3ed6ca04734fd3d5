/** Joins chunks that esbuild has split. It makes a chunk for every set of doors that share code, some eighty of them, and
 *  Node takes half a millisecond for each that a start needs. What belongs together goes into one file; all references
 *  to the chunks are pointed there. Works on minified output in one flat directory. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build, type Metafile } from 'esbuild'

export interface Merge {
  /** File that takes them in; may have the name of one of them. */
  readonly into: string
  /** Source files whose chunks go there, with all that these import; an earlier merge has the first claim. */
  readonly of: readonly string[]
}

interface Chunk {
  readonly file: string
  readonly exports: readonly string[]
  readonly imports: readonly string[]
  readonly source: string | undefined
}

/** Where a chunk went. Its export `a` is called `<prefix>a` there. */
interface Place {
  readonly into: string
  readonly prefix: string
  readonly chunk: Chunk
}

/** @throws when a source has no chunk of its own, or a reference to a chunk that is gone would stay */
export const mergeChunks = async (
  directory: string,
  metafile: Pick<Metafile, 'outputs'>,
  merges: readonly Merge[],
): Promise<void> => {
  const chunks = chunksOf(metafile)
  const places = new Map<string, Place>()
  for (const { into, of } of merges) {
    const members = reached(chunks, of).filter(({ file }) => !places.has(file))
    for (const chunk of members) places.set(chunk.file, { into, prefix: `m${places.size}_`, chunk })
    await bundle(directory, into, members, places)
  }
  for (const file of places.keys()) rmSync(join(directory, file))
  for (const { into } of merges) renameSync(join(directory, `${into}.merged`), join(directory, into))
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.js'))) {
    const path = join(directory, file)
    writeFileSync(path, redirected(file, readFileSync(path, 'utf8'), places))
  }
}

const chunksOf = ({ outputs }: Pick<Metafile, 'outputs'>): ReadonlyMap<string, Chunk> =>
  new Map(
    Object.entries(outputs).map(([path, { exports, imports, entryPoint }]) => {
      const found = imports.filter(({ kind }) => kind === 'import-statement').map((to) => basename(to.path))
      return [basename(path), { file: basename(path), exports, imports: found, source: entryPoint }]
    }),
  )

/** The chunks of these sources and all that they import, but not what they load later. */
const reached = (chunks: ReadonlyMap<string, Chunk>, sources: readonly string[]): readonly Chunk[] => {
  const found = new Set<Chunk>()
  const visit = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || found.has(chunk)) return
    for (const next of chunk.imports) visit(chunks.get(next))
    found.add(chunk)
  }
  for (const source of sources) {
    const chunk = Array.from(chunks.values()).find((one) => one.source === source)
    if (chunk === undefined) throw new Error(`${source} is not loaded by itself: look at the list of merges`)
    visit(chunk)
  }
  return Array.from(found)
}

/** Bundles the members into `<into>.merged`, with everything they export under its new name. */
const bundle = async (
  directory: string,
  into: string,
  members: readonly Chunk[],
  places: ReadonlyMap<string, Place>,
): Promise<void> => {
  const own = new Set(members.map(({ file }) => file))
  const lines = members.map(({ file, exports }) => {
    const names = exports.map((name) => `${name} as ${places.get(file)?.prefix}${name}`)
    return `import './${file}'\nexport { ${names.join(', ')} } from './${file}'`
  })
  await build({
    stdin: { contents: lines.join('\n'), resolveDir: directory },
    outfile: join(directory, `${into}.merged`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'members',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^\.\// }, ({ path, kind }) =>
            own.has(basename(path)) && kind !== 'dynamic-import' ? undefined : { path, external: true },
          )
        },
      },
    ],
  })
}

/** The text with every reference to a chunk that went elsewhere pointed at where it is now. */
const redirected = (file: string, text: string, places: ReadonlyMap<string, Place>): string => {
  const result = text
    .replace(/\bimport\{([^}]*)\}from"\.\/([^"]+)"/g, (all, names: string, from: string) => {
      const place = places.get(from)
      if (place === undefined) return all
      return `import{${names
        .split(',')
        .map((name) => renamed(name, place))
        .join(',')}}from"./${place.into}"`
    })
    .replace(/\bimport"\.\/([^"]+)"/g, (all, from: string) => {
      const place = places.get(from)
      return place === undefined ? all : `import"./${place.into}"`
    })
    .replace(/\bimport\("\.\/([^"]+)"\)/g, (all, from: string) => {
      const place = places.get(from)
      if (place === undefined) return all
      const members = place.chunk.exports.map((name) => `${name}:m.${place.prefix}${name}`)
      // Of the file itself: nothing to find or wait for.
      const module = place.into === file ? 'Promise.resolve($itself)' : `import("./${place.into}")`
      return `${module}.then(m=>({${members.join(',')}}))`
    })
  const gone = Array.from(places.values()).find(
    (place) => place.chunk.file !== place.into && result.includes(`"./${place.chunk.file}"`),
  )
  if (gone !== undefined) throw new Error(`${file} still refers to ${gone.chunk.file}`)
  return result.includes('$itself') ? `import*as $itself from"./${file}";${result}` : result
}

/** `a as b` or `a`, of a chunk that was renamed. */
const renamed = (name: string, { prefix }: Place): string => {
  const [outer = '', inner = outer] = name.split(' as ')
  return `${prefix}${outer} as ${inner}`
}
