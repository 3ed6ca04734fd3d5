import { resolve } from 'node:path'
import { testTranscripts } from '../support/all-transcripts.ts'

testTranscripts([process.execPath, resolve(import.meta.dirname, '..', '..', 'src', 'bin.ts')])
