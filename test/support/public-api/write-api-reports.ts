import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkApiReport, ENTRIES } from './api-reports.ts'

/** `npm run api-report`: what the package offers from now on. */
const folder = mkdtempSync(join(tmpdir(), 'stan-lifecycle-api-'))
for (const entry of ENTRIES) {
  for (const sentence of checkApiReport(entry, folder, { isWrite: true }))
    process.stderr.write(`${entry}: ${sentence}\n`)
}
rmSync(folder, { recursive: true })
