/** dist/: what ships and what is timed. Bundles by esbuild, split where a command is loaded when it is used; types of
 *  the library door by tsc; the manifest's JSON schema; the licences of what is bundled. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { builtinImports } from './builtin-imports.ts'
import { asScripts, keepCode } from './keep-code.ts'
import { mergeChunks } from './merge-chunks.ts'
import { writeManifestSchema } from './manifest-schema.ts'

const root = resolve(import.meta.dirname, '..')
const staging = join(root, 'build', `dist.${process.pid}`)
const dist = join(root, 'dist')

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  plugins: [builtinImports],
  // Its modules as ECMAScript: what is not used is left out. For Node it offers CommonJS alone.
  alias: { yaml: join(root, 'node_modules', 'yaml', 'browser', 'index.js') },
  // parts of pg have no licence files; both are loaded from node_modules when a rotation needs them
  external: ['mysql2', 'pg'],
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
}

/** What every start needs, and what reading a project's secrets needs on top. */
const merges = [
  { into: 'bin.js', of: ['src/bin.ts', 'src/cli/commands/index.ts'] },
  {
    into: 'project.js',
    of: ['src/cli/commands/get.ts', 'src/io/extend.ts', 'src/io/brief-lock.ts'],
  },
  {
    into: 'run.js',
    of: ['src/cli/commands/run.ts', 'src/io/find-program.ts', 'src/io/launcher.ts'],
  },
  { into: 'delivered.js', of: ['src/app/runtime/load-once.ts', 'src/wire-provider.ts'] },
]

/** Those of them whose compiled code is kept, the program's entry first. */
const scripts = ['bin.js', 'project.js', 'run.js']

/** Bundles both doors, each by itself, and gives the paths of everything that went in. */
const bundle = async (): Promise<readonly string[]> => {
  const program = join(staging, 'program')
  const options = { ...shared, metafile: true } as const
  const bin = await build({ ...options, entryPoints: ['src/bin.ts'], outdir: program })
  await mergeChunks(program, bin.metafile, merges)
  await asScripts(program, scripts)
  const index = await build({
    ...options,
    entryPoints: ['src/index.ts'],
    outdir: staging,
    chunkNames: 'library/[name]-[hash]',
  })
  return [...Object.keys(bin.metafile.inputs), ...Object.keys(index.metafile.inputs)]
}

/** Types of the library door, each file beside its fellows as in src/. */
const declare = (): void => {
  const config = join(root, 'build', `tsconfig.${process.pid}.json`)
  const compilerOptions = {
    noEmit: false,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
    outDir: staging,
    rootDir: join(root, 'src'),
  }
  const settings = { extends: '../tsconfig.json', compilerOptions, include: [], files: [join(root, 'src', 'index.ts')] }
  writeFileSync(config, JSON.stringify(settings))
  const done = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', config], { stdio: 'inherit', cwd: root })
  rmSync(config)
  if (done.status !== 0) throw new Error('the declarations could not be written')
}

/** The packages that went into the bundles, each with its licence's text. */
const licences = (inputs: readonly string[]): string => {
  const packages = new Set(inputs.flatMap((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []))
  return [...packages]
    .sort()
    .map((name) => {
      const directory = join(root, 'node_modules', name)
      const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
      if (file === undefined) throw new Error(`${name} has no licence file`)
      return `${name}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

rmSync(staging, { recursive: true, force: true })
mkdirSync(staging, { recursive: true })
const inputs = await bundle()
keepCode(join(staging, 'program'), scripts)
declare()
writeManifestSchema(staging)
writeFileSync(join(staging, 'LICENCES.txt'), licences(inputs))
rmSync(dist, { recursive: true, force: true })
renameSync(staging, dist)
