/** The images of examples/callableapis, built without a registry: `node test/support/images.ts` prints the path of a tar
 *  for `docker load` with callableapis/api:1.4 and shop/foreign:1. Kept under build/images/ by what they are made of. */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram } from './built.ts'
import { type Engine, startEngine } from './engine.ts'
import { baseImage } from './image-base.ts'
import { must } from './must.ts'

const root = resolve(import.meta.dirname, '..', '..')
const example = join(root, 'examples', 'callableapis')
const kept = join(root, 'build', 'images')
const node = join(root, 'node_modules', '.bin', 'node')

/** Their names. */
export const apiImage = 'callableapis/api:1.4'
export const foreignImage = 'shop/foreign:1'

/** Path of the tar that holds both; built where it is not there yet. Needs root and the Docker engine's programs. */
export const imagesTar = async (): Promise<string> => {
  builtProgram()
  const path = join(kept, `${digest()}.tar`)
  if (existsSync(path)) return path
  mkdirSync(kept, { recursive: true })
  return alone(`${path}.making`, async () => {
    if (!existsSync(path)) await build(path)
    return path
  })
}

/** Everything that goes in. */
const digest = (): string => {
  const hash = createHash('sha256').update(process.version)
  const places = [join(example, 'api'), join(example, 'report'), join(root, 'dist')]
  const own = ['images.ts', 'image-base.ts'].map((name) => join(import.meta.dirname, name))
  for (const file of [...own, join(root, 'package.json'), ...places.flatMap(filesBelow)]) {
    hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

const filesBelow = (place: string): readonly string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** Two test files may ask at once: the second waits for the first. */
const alone = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
  const deadline = Date.now() + 300_000
  while (!made(lock)) {
    if (Date.now() > deadline) throw new Error(`${lock} is still there: remove it if nothing is building`)
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    rmdirSync(lock)
  }
}

const made = (lock: string): boolean => {
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const build = async (path: string): Promise<void> => {
  const work = mkdtempSync(join(tmpdir(), 'images-'))
  const engine = await startEngine()
  try {
    engine.must(['import', '-', 'node:24-slim'], { input: baseImage(join(work, 'node'), realpathSync(node)) })
    engine.must(['import', '-', 'debian:12-slim'], { input: baseImage(join(work, 'debian'), null) })
    buildApi(engine, join(work, 'api'))
    engine.must(['build', '--tag', foreignImage, join(example, 'report')])
    engine.must(['save', '--output', `${path}.new`, apiImage, foreignImage])
    for (const old of readdirSync(kept)) if (old.endsWith('.tar')) rmSync(join(kept, old))
    renameSync(`${path}.new`, path)
  } finally {
    await engine.stop()
    rmSync(work, { recursive: true, force: true })
  }
}

/** The example as `npm ci --omit=dev` would leave it, with this lockstep packed as it ships. */
const buildApi = (engine: Engine, context: string): void => {
  cpSync(join(example, 'api'), context, { recursive: true })
  const installed = join(context, 'node_modules', 'lockstep')
  mkdirSync(installed, { recursive: true })
  const packed = must('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', context], { cwd: root })
  must('tar', ['-xzf', join(context, packed.toString().trim()), '--strip-components=1', '-C', installed])
  engine.must(['build', '--tag', apiImage, context])
}

if (import.meta.main) console.log(await imagesTar())
