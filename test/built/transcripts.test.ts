/** The built program, as it is installed. */
import { testTranscripts } from '../support/all-transcripts.ts'
import { installedProgram } from '../support/built.ts'

testTranscripts([installedProgram()])
