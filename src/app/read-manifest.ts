import { hasCode } from '../core/errors.ts'
import type { Manifest } from '../core/manifest.ts'
import { manifestFromJson } from '../core/manifest-json.ts'
import { cacheDirectory } from '../core/own-directories.ts'
import type { Ports } from '../core/ports.ts'
import { sha256 } from '../crypto/derive.ts'

interface ManifestText {
  readonly text: string
  /** What errors call the file. */
  readonly at: string
  readonly root: string
  readonly environment: string
}

/** The manifest of a text. What was read before is kept in the person's cache directory: reading YAML takes longer than
 *  all the rest of `get`. Not in the project, where a repository could bring its own along.
 *  @throws as parseManifest */
export const readManifest = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  { text, at, root, environment }: ManifestText,
): Promise<Manifest> => {
  const path = `${cacheDirectory(ports.machine)}/manifest-${sha256(`${root}\0${environment}`).slice(0, 16)}.json`
  const digest = sha256(`${at}\0${text}`)
  const kept = await readKept(ports, path, digest)
  if (kept !== null) return kept
  const { parseManifest } = await import('../core/parse-manifest.ts')
  const manifest = parseManifest(text, { at, environment })
  await keep(ports, path, `${digest}\n${JSON.stringify(manifest)}\n`)
  return manifest
}

/** Null where there is none, of this text and this version of ours, that only we can have written. */
const readKept = async ({ files }: Pick<Ports, 'files'>, path: string, digest: string): Promise<Manifest | null> => {
  try {
    const bytes = await files.read(path, { private: true, max: 4 * 1024 * 1024 })
    const text = bytes === null ? '' : new TextDecoder().decode(bytes)
    return text.startsWith(`${digest}\n`) ? manifestFromJson(text.slice(digest.length + 1), path) : null
  } catch (error) {
    if (hasCode(error, 'TAMPERED', 'UNSAFE', 'UNAVAILABLE', 'DENIED')) return null
    throw error
  }
}

/** A home that cannot be written to only makes us slower. */
const keep = async ({ files }: Pick<Ports, 'files'>, path: string, text: string): Promise<void> => {
  try {
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
    await files.write(path, new TextEncoder().encode(text))
  } catch (error) {
    if (!hasCode(error, 'UNSAFE', 'UNAVAILABLE', 'DENIED', 'NOT_FOUND')) throw error
  }
}
