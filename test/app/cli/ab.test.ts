import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AbResult } from '../../../src/app/ab/compare-arms.ts'
import { runCli } from '../../support/run-cli.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SMALL = ['ranker.expertWidth=8', 'ranker.embeddingWidth=4', 'ranker.towerWidths=[8]', 'ranker.batchSize=128']
const settings = [...SMALL.flatMap((setting) => ['--set', setting]), '--backend', 'wasm']

test('ab plays worlds in processes of their own and tells of each arm, on the terminal and as JSON', async () => {
  const file = join(await temporaryFolder(), 'ab.json')
  const sizes = [
    '--users',
    '60',
    '--items',
    '60',
    '--days',
    '2',
    '--warmup',
    '1',
    '--worlds',
    '2',
    '--candidates',
    '12',
  ]
  const { code, stdout, stderr } = await runCli(['ab', '--modes', 'ple,oracle', ...sizes, ...settings, '--json', file])
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('oracle less ple, with intervals of 95 %')
  expect(stdout).not.toContain('NaN')
  const result = JSON.parse(await readFile(file, 'utf8')) as AbResult & { machine: { cores: number } }
  expect(result.machine.cores).toBeGreaterThan(0)
  expect(result.arms.map(({ name }) => name)).toEqual(['ple', 'oracle'])
  expect(result.worlds).toHaveLength(2)
  expect(result.worlds[0].means[0].ctr).not.toBe(result.worlds[1].means[0].ctr)
  const { overUsers, halves } = result.differences[0].measures.ctr
  expect(overUsers.low).toBeGreaterThan(0)
  expect(halves).toBeNull()
}, 60_000)
