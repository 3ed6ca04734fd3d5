import { builtExecutable } from '../support/built.ts'
import { testUnsteered } from '../support/unsteered.ts'

testUnsteered([builtExecutable()])
