import { testTranscripts } from '../support/all-transcripts.ts'
import { builtExecutable } from '../support/built.ts'

testTranscripts([builtExecutable()])
