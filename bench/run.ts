/**
 * Runs every benchmark, one process after the other, with this one's flags of Node; a failing one fails the run. The
 * kill sweeps and the crash matrix time nothing.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

// kafka-kuairand.ts asks for the folder of its data.
const others = [
  path.basename(import.meta.filename),
  'kill-sweep.ts',
  'erasure-kill-sweep.ts',
  'crash-matrix.ts',
  'kafka-kuairand.ts',
]
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.ts') && !others.includes(name))) {
  console.log(`\n${file}`)
  const { status } = spawnSync(process.execPath, [...process.execArgv, path.join(import.meta.dirname, file)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
