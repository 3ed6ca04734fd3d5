/** The built program, through the launcher, as it is installed. */
import { resolve } from 'node:path'
import { testTranscripts } from '../support/all-transcripts.ts'
import { builtProgram } from '../support/built.ts'

builtProgram()
testTranscripts([resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')])
