import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { codeHash } from '../../../src/app/evaluate/code-hash.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The hash that a copy of the program computes after the change of one of its files. */
async function hashAfterChangeOf(file: string): Promise<string> {
  const folder = await mkdtemp(join(ROOT, 'node_modules/.cache-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await cp(join(ROOT, 'src'), join(folder, 'src'), {
    recursive: true,
    filter: (path) => !path.includes(join('src', 'dashboard')),
  })
  if (file) await writeFile(join(folder, file), `${await readFile(join(folder, file), 'utf8')}\n// changed\n`)
  const copy = (await import(join(folder, 'src/app/evaluate/code-hash.ts'))) as { codeHash: typeof codeHash }
  return copy.codeHash('./evaluation-job')
}

test('the hash of a job does not depend on where the program lies', async () => {
  expect(await hashAfterChangeOf('')).toBe(await codeHash('./evaluation-job'))
})

test.each([
  ['src/core/ranker/adam.ts', true],
  ['src/core/ranker/metrics/auc.ts', true],
  ['src/app/evaluate/run-protocol.ts', true],
  ['src/app/evaluate/render-evaluation.ts', false],
  ['src/core/simulator/world.ts', false],
])('a change of %s changes it: %s', async (file, changes) => {
  expect((await hashAfterChangeOf(file)) !== (await codeHash('./evaluation-job'))).toBe(changes)
})
