import Fastify, { type FastifyInstance } from 'fastify'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { addDashboardRoutes } from '../../../src/app/serving/dashboard-routes.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

let app: FastifyInstance
afterEach(() => app.close())

async function serve(folder: string): Promise<void> {
  app = Fastify()
  await addDashboardRoutes(app, folder)
}

async function built(): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<title>dashboard</title>')
  await writeFile(join(folder, 'assets', 'index-abc123.js'), 'export {}')
  await writeFile(join(folder, 'secret.txt'), 'secret')
  return folder
}

describe('dashboard routes', () => {
  test('serve the page afresh and its files for a year, under a policy that admits no other origin', async () => {
    await serve(await built())
    const page = await app.inject('/')
    expect(page.statusCode).toBe(200)
    expect(page.body).toBe('<title>dashboard</title>')
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const file = await app.inject('/assets/index-abc123.js')
    expect(file.statusCode).toBe(200)
    expect(file.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript') as string,
    })
  })

  test('serve nothing outside the assets, and let no miss be cached', async () => {
    await serve(await built())
    for (const url of ['/assets/none.js', '/assets/..%2fsecret.txt', '/secret.txt', '/index.html', '/assets/']) {
      const { statusCode, headers } = await app.inject(url)
      expect({ url, statusCode, cached: headers['cache-control'] }).toEqual({ url, statusCode: 404, cached: undefined })
    }
  })

  test('say what to do when the dashboard is not built', async () => {
    await serve(join(await temporaryFolder(), 'nothing'))
    const page = await app.inject('/')
    expect(page.statusCode).toBe(503)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.body).toContain('npm run build')
    expect((await app.inject('/assets/index.js')).statusCode).toBe(404)
  })
})
