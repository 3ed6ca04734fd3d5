import { hasCode } from '../../core/errors.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import { manifestFromJson } from '../../core/manifest/manifest-json.ts'
import { sha256 } from '../../crypto/derive.ts'
import { keepCached, readCached, type CachePorts } from './cache.ts'
import { cachePath } from './state-path.ts'

interface ManifestText {
  readonly text: string
  /** What errors call the file. */
  readonly at: string
  readonly root: string
  readonly environment: string
}

/** The manifest of a text. What was read before is kept: reading YAML takes longer than all the rest of `get`.
 *  @throws as parseManifest */
export const readManifest = async (ports: CachePorts, source: ManifestText): Promise<Manifest> => {
  const { text, at, environment } = source
  const path = `${cachePath(ports, 'manifest', source)}.json`
  const digest = sha256(`${at}\0${text}`)
  const kept = readKept(await readCached(ports, path), digest, path)
  if (kept !== null) return kept
  const { parseManifest } = await import('../../core/manifest/parse-manifest.ts')
  const manifest = parseManifest(text, { at, environment })
  await keepCached(ports, path, `${digest}\n${JSON.stringify(manifest)}\n`)
  return manifest
}

/** Null where there is none of this text and this version of ours. */
const readKept = (kept: string | null, digest: string, path: string): Manifest | null => {
  if (kept === null || !kept.startsWith(`${digest}\n`)) return null
  try {
    return manifestFromJson(kept.slice(digest.length + 1), path)
  } catch (error) {
    if (hasCode(error, 'TAMPERED')) return null
    throw error
  }
}
