import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openDataFolder } from '../../../src/io/data-folder/data-folder.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const OPTIONS = { createdBy: '1.2.3', settings: { 'window-days': 30, tasks: 'ctr,stay', strict: true } }
const MANIFEST = 'stan-lifecycle.json'

describe('data folder', () => {
  it('creates a missing folder with its manifest and opens it again', async () => {
    const path = join(await temporaryFolder(), 'deep', 'down')
    const folder = await openDataFolder(path, OPTIONS)
    expect(folder.logFolder).toBe(join(path, 'log'))
    expect(folder.storeFolder(3)).toBe(join(path, 'store', '3'))
    await folder.close()
    expect(JSON.parse(await readFile(join(path, MANIFEST), 'utf8'))).toEqual({ format: 1, ...OPTIONS })
    const again = await openDataFolder(path, { ...OPTIONS, createdBy: '2.0.0' })
    expect(again.manifest.createdBy).toBe('1.2.3')
    await again.close()
  })

  it('refuses a folder with foreign files and leaves nothing in it', async () => {
    const path = await temporaryFolder()
    await writeFile(join(path, 'thesis.txt'), 'mine')
    await expect(openDataFolder(path, OPTIONS)).rejects.toMatchObject({
      code: 'not-a-data-folder',
      message: expect.stringContaining('thesis.txt'),
    })
    expect(await readdir(path)).toEqual(['thesis.txt'])
  })

  it('refuses a path that is a file or lies below one', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    await expect(openDataFolder(file, OPTIONS)).rejects.toMatchObject({ code: 'not-a-data-folder' })
    await expect(openDataFolder(join(file, 'x'), OPTIONS)).rejects.toMatchObject({ code: 'not-a-data-folder' })
  })

  it('takes a folder whose first start was cut short before the manifest had its name', async () => {
    const path = await temporaryFolder()
    await mkdir(join(path, 'lock'))
    await writeFile(join(path, `${MANIFEST}.new`), '{"form')
    const folder = await openDataFolder(path, OPTIONS)
    await folder.close()
    expect(await readdir(path)).not.toContain(`${MANIFEST}.new`)
  })

  it('refuses a newer format by name and leaves the folder free', async () => {
    const path = await temporaryFolder()
    await writeFile(join(path, MANIFEST), JSON.stringify({ format: 2, something: 'else' }))
    await expect(openDataFolder(path, OPTIONS)).rejects.toMatchObject({ code: 'newer-format' })
    await writeFile(join(path, MANIFEST), JSON.stringify({ format: 1, ...OPTIONS }))
    await (await openDataFolder(path, OPTIONS)).close()
  })

  it.each([
    '',
    '{"format": 1',
    '[]',
    '{"format": "1"}',
    '{"format": 1}',
    '{"format":1,"createdBy":"1","settings":[1]}',
  ])('calls a manifest that says %j corrupt', async (text) => {
    const path = await temporaryFolder()
    await writeFile(join(path, MANIFEST), text)
    await expect(openDataFolder(path, OPTIONS)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it.each([
    [{ ...OPTIONS.settings, 'window-days': 14 }, 'window-days = 30 and the settings now say 14'],
    [{ 'window-days': 30, tasks: 'ctr,stay' }, 'strict = true and the settings now say nothing'],
    [{ ...OPTIONS.settings, shards: 2 }, 'shards = nothing and the settings now say 2'],
    [{ ...OPTIONS.settings, tasks: 'ctr' }, 'tasks = "ctr,stay" and the settings now say "ctr"'],
  ])('names the key, the old and the new value when the settings are %o', async (settings, text) => {
    const path = await temporaryFolder()
    await (await openDataFolder(path, OPTIONS)).close()
    await expect(openDataFolder(path, { ...OPTIONS, settings })).rejects.toMatchObject({
      code: 'settings-changed',
      message: expect.stringContaining(text),
    })
  })

  it('is in use inside one process until it is closed', async () => {
    const path = await temporaryFolder()
    const folder = await openDataFolder(path, OPTIONS)
    await expect(openDataFolder(path, OPTIONS)).rejects.toMatchObject({ code: 'folder-in-use' })
    await folder.close()
    await (await openDataFolder(path, OPTIONS)).close()
  })

  it('is in use while another process holds it, and free once that one was killed with SIGKILL', async () => {
    const path = await temporaryFolder()
    const program = fileURLToPath(new URL('../../support/hold-data-folder.ts', import.meta.url))
    const holder = spawn(process.execPath, ['--import', 'tsx', program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const options = { createdBy: '0.0.0', settings: {} }
    await expect(openDataFolder(path, options)).rejects.toMatchObject({ code: 'folder-in-use' })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await (await openDataFolder(path, options)).close()
  })
})

describe('data folder as it is', () => {
  it('is taken with whatever settings made it', async () => {
    const path = join(await temporaryFolder(), 'made')
    await (await openDataFolder(path, { createdBy: '1', settings: { seed: 1 } })).close()
    const folder = await openDataFolder(path, { createdBy: '', settings: null })
    expect(folder.manifest.settings).toEqual({ seed: 1 })
    await folder.close()
  })

  it('must be there, and is not made', async () => {
    const path = join(await temporaryFolder(), 'none')
    await expect(openDataFolder(path, { createdBy: '', settings: null })).rejects.toMatchObject({
      code: 'not-a-data-folder',
      message: `Cannot open the data folder ${path}: there is none`,
    })
    const empty = await temporaryFolder()
    await expect(openDataFolder(empty, { createdBy: '', settings: null })).rejects.toMatchObject({
      code: 'not-a-data-folder',
    })
  })
})
