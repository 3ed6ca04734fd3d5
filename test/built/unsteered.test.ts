import { resolve } from 'node:path'
import { builtProgram } from '../support/built.ts'
import { testUnsteered } from '../support/unsteered.ts'

builtProgram()
testUnsteered([resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')])
