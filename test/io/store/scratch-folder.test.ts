import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { scratchFolder } from '../../../src/io/store/scratch-folder.ts'

const FILE = fileURLToPath(new URL('../../../src/io/store/scratch-folder.ts', import.meta.url))

test('a scratch folder goes away with all that is in it', async () => {
  const folder = await scratchFolder()
  await writeFile(join(folder.path, 'state'), 'ann')
  await folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})

test.each(['SIGINT', 'SIGTERM'] as const)('a scratch folder goes away when %s ends the process', async (signal) => {
  const script = `import { scratchFolder } from ${JSON.stringify(FILE)}
    const { path } = await scratchFolder()
    console.log(path)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  const [path] = (await once(child.stdout, 'data')) as [Buffer]
  expect(existsSync(path.toString().trim())).toBe(true)
  child.kill(signal)
  const [code, ended] = (await once(child, 'exit')) as [number | null, string | null]
  expect([code, ended]).toEqual([null, signal])
  expect(existsSync(path.toString().trim())).toBe(false)
})
