import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { configJsonSchema } from '../../../src/app/config/config-schema.ts'
import { loadConfig } from '../../../src/app/config/load-config.ts'
import { callProgram } from '../../support/call-program.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const EXAMPLE = fileURLToPath(new URL('../../../deploy/example.yaml', import.meta.url))

test('config print prints what is read as the same configuration again', async () => {
  const settings = ['--set', 'ranker.mode=stan', '--set', 'features.item=[tag]', '--data-dir', '2024']
  const first = await callProgram(['config', 'print', ...settings])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const file = join(await temporaryFolder(), 'printed.yaml')
  await writeFile(file, first.stdout)
  expect(await callProgram(['config', 'print', '--config', file])).toEqual(first)
  expect(first.stdout).toMatch(/^dataDir: "2024"$/m)
  expect(first.stdout).toMatch(/^ {2}mode: stan$/m)
})

test('config print --json prints the configuration in effect', async () => {
  const { stdout } = await callProgram(['config', 'print', '--json', '--set', 'seed=7'])
  expect(JSON.parse(stdout)).toEqual(await loadConfig({ environment: {}, flags: [['seed', '7']] }))
})

test('config validate accepts deploy/example.yaml', async () => {
  expect(await callProgram(['config', 'validate', '--config', EXAMPLE])).toEqual({
    code: 0,
    stdout: 'The configuration is valid\n',
    stderr: '',
  })
})

test('config schema prints the JSON Schema', async () => {
  const { stdout } = await callProgram(['config', 'schema'])
  expect(JSON.parse(stdout)).toEqual(configJsonSchema())
})
