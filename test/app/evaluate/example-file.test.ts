import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readExampleFile, writeExampleFile } from '../../../src/app/evaluate/example-file.ts'
import { plantedExamples, TASKS } from '../../core/ranker/planted-examples.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const examples = plantedExamples(2500).map((example, i) =>
  i === 3 ? { ...example, tasks: example.tasks.map((task) => ({ ...task, label: Number.NaN })) } : example,
)
const collected = {
  tasks: TASKS,
  examples,
  rows: 2501,
  deadLetters: 1,
  bundle: Uint8Array.of(1, 2, 255),
  predicted: Float32Array.from({ length: 3 * 2500 }, (_, i) => i / 7500),
}

test('examples come back from a file as they were, and share their feature maps', async () => {
  const path = join(await temporaryFolder(), 'examples.bin')
  await writeExampleFile(path, collected)
  const read = await readExampleFile(path)
  const plain = examples.map((example) => ({
    ...example,
    // Numeric state is single precision in memory already.
    source: { ...example.source },
  }))
  expect(read).toEqual({ ...collected, examples: plain })
  const sameTab = read.examples.filter(({ context }) => context.tab === read.examples[0].context.tab)
  expect(new Set(sameTab.map(({ context }) => context)).size).toBe(1)
})

test('a file that is cut or of another format is refused', async () => {
  const path = join(await temporaryFolder(), 'examples.bin')
  await writeExampleFile(path, collected)
  await truncate(path, 100_000)
  await expect(readExampleFile(path)).rejects.toMatchObject({ code: 'corrupt' })
  await writeFile(path, Uint8Array.of(1, 0, 0, 0, 99))
  await expect(readExampleFile(path)).rejects.toThrow(`Cannot read examples from ${path}: it is of another format`)
})
