#!/usr/bin/env node
/** The door of the program: real ports, real output, main. */
import { harden } from './io/hygiene.ts'
import { main, tellUncaught } from './cli/main.ts'
import { openDescriptor } from './io/descriptor.ts'
import { listenForInterruption } from './io/interruption.ts'
import { version } from './version.ts'
import { wire } from './wire.ts'

const argv = process.argv.slice(2)
const err = openDescriptor(2)

const end = async (thrown: unknown): Promise<void> => process.exit(await tellUncaught(thrown, argv, err))

const start = async (): Promise<void> => {
  harden()
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
  const status = await main(argv, wire(), {
    out: openDescriptor(1),
    err,
    version,
    interruption: listenForInterruption,
  })
  process.exit(status)
}

void start()
