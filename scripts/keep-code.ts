/** Keeps, beside the files that the most used commands load, what V8 has compiled of them (docs/decisions/011-build.md).
 *  Only a classic script can be given its code, so each such module becomes one, with a module of the same name and
 *  exports before it for those that stay modules. Another Node than the one that built it passes the code over. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transform } from 'esbuild'

/** The program's entry, which loads no module of its own before it has to. */
const entry = 'bin.cjs'

/** Turns modules of `directory` into scripts; running the first runs the program.
 *  @throws for one that imports a module that is not among them */
export const asScripts = async (directory: string, files: readonly string[]): Promise<void> => {
  for (const file of files) {
    const text = readFileSync(join(directory, file), 'utf8')
    const outside = importsOf(text).find((name) => !files.includes(name))
    if (outside !== undefined) throw new Error(`${file} imports ${outside}, which is no script`)
    const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node22.18', minify: true })
    writeFileSync(join(directory, `${file}.script`), `(function(exports,require,module,$import){${importing(code)}\n})`)
    const names = exportsOf(text).join(',')
    writeFileSync(join(directory, file), `import program from"./${entry}";export const{${names}}=program("${file}");\n`)
  }
  writeFileSync(join(directory, entry), `const scripts=${JSON.stringify(files)}${loader}`)
}

const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)].map((match) => match[1] ?? '')

const exportsOf = (text: string): readonly string[] =>
  [...text.matchAll(/\bexport\{([^}]*)\}(?:;|$)/gm)].flatMap((match) =>
    (match[1] ?? '').split(',').map((name) => name.split(' as ').at(-1) ?? ''),
  )

/** A script that imports by itself would have to name a loader, which Node calls experimental. */
const importing = (code: string): string => code.replace(/\bimport\("\.\//g, '$import("./')

const loader = `.map(file=>"./"+file),{readFileSync}=require("node:fs"),{Script}=require("node:vm"),loaded=new Map();
const kept=path=>{try{return readFileSync(path)}catch(error){if(error.code!=="ENOENT")throw error}};
const load=name=>{
if(loaded.has(name))return loaded.get(name).exports;
const module={exports:{}},filename=__dirname+name.slice(1);
loaded.set(name,module);
const script=new Script(readFileSync(filename+".script","latin1"),{filename,cachedData:kept(filename+".code")});
script.runInThisContext()(module.exports,load,module,name=>scripts.includes(name)?Promise.resolve(load(name)):import(name));
return module.exports};
module.exports=file=>load("./"+file);
if(require.main===module)load(scripts[0]);
`

/** Runs the most used commands in a project of its own, and keeps the code of every function that ran. */
export const keepCode = (directory: string, files: readonly string[]): void => {
  const project = mkdtempSync(join(tmpdir(), 'lockstep-build-'))
  const call = (args: readonly string[], record = true): void => {
    const recorder = record ? ['--import', join(import.meta.dirname, 'record-code.ts')] : []
    const env = { PATH: process.env['PATH'], HOME: project }
    const options = { cwd: project, env, encoding: 'utf8' } as const
    const done = spawnSync(process.execPath, [...recorder, join(directory, entry), ...args], options)
    if (done.status !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`)
  }
  try {
    call(['init', '--quiet'], false)
    const names = Array.from({ length: 50 }, (_, index) => `NAME_${index}=value-${index}\n`)
    writeFileSync(join(project, 'build.env'), names.join(''), { mode: 0o600 })
    call(['import', 'build.env', '--quiet'], false)
    call(['get', 'NAME_1'], false)
    call(['get', 'NAME_1'])
    call(['run', '--', 'true'])
  } finally {
    rmSync(project, { recursive: true })
  }
  for (const file of files) chmodSync(join(directory, `${file}.code`), 0o644)
}
