/** Writes the published schema of lockstep.yaml from the literal in the source. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { manifestSchema } from '../src/core/manifest/manifest-schema.ts'

/** Writes it into a directory, as manifest.schema.json. */
export const writeManifestSchema = (directory: string): void => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(resolve(directory, 'manifest.schema.json'), `${JSON.stringify(manifestSchema, null, 2)}\n`)
}

if (import.meta.main) writeManifestSchema(resolve(import.meta.dirname, '..', 'docs'))
