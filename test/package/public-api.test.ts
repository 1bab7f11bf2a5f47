import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkApiReport, ENTRIES } from '../support/public-api/api-reports.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** `npm run api-report` writes the reports anew, for a change that is meant. */
test.each(ENTRIES)('the public declarations of %s are those of the kept report', async (entry) => {
  const folder = await temporaryFolder()
  expect(checkApiReport(entry, folder, { isWrite: false }).filter((text) => !text.includes('api-report-'))).toEqual([])
  const kept = readFileSync(new URL(`../fixtures/public-api/${entry}.api.md`, import.meta.url), 'utf8')
  expect(readFileSync(join(folder, `${entry}.api.md`), 'utf8')).toBe(kept)
})
