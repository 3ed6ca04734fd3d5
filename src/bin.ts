#!/usr/bin/env node
/** The door of the program: real ports, real output, main. */
import { harden } from './io/hygiene.ts'
import { main } from './cli/main.ts'
import { openDescriptor } from './io/descriptor.ts'
import { listenForInterruption } from './io/interruption.ts'
import { version } from './version.ts'
import { wire } from './wire.ts'

// No await at the top level: the executable is compiled to bytecode as one script.
const start = async (): Promise<void> => {
  harden()
  const status = await main(process.argv.slice(2), wire(), {
    out: openDescriptor(1),
    err: openDescriptor(2),
    version,
    interruption: listenForInterruption,
  })
  process.exit(status)
}

void start()
