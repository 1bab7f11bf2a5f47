import staticFiles from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run build` puts the dashboard: the same place seen from src and from dist. */
const BUILT = fileURLToPath(new URL('../../../dist/dashboard', import.meta.url))

/** Everything comes from this server, and nothing in the page's text runs or styles. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>stan-lifecycle: dashboard not built</title>
<h1>The dashboard is not built</h1>
<p>Run <code>npm run build</code> and load this page again. The API works without it.</p>
</html>
`

/**
 * The dashboard at `/`, its files under `/assets`. The files hold nothing about users and need no token; what the page
 * asks the API for does.
 */
export async function addDashboardRoutes(app: FastifyInstance, folder: string = BUILT): Promise<void> {
  await app.register(staticFiles, { serve: false })
  const schema = { hide: true }
  const page = join(folder, 'index.html')
  const assets = join(folder, 'assets')
  app.get('/', { schema }, (_, reply) => {
    reply.headers({ ...HEADERS, 'cache-control': 'no-cache' })
    if (!existsSync(page)) return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
    return reply.sendFile('index.html', folder, { cacheControl: false })
  })
  app.get<{ Params: { file: string } }>('/assets/:file', { schema }, ({ params }, reply) => {
    const file = basename(params.file)
    if (file === '' || !existsSync(join(assets, file))) return reply.callNotFound()
    // Their names carry a hash of their bytes.
    reply.headers({ ...HEADERS, 'cache-control': 'public, max-age=31536000, immutable' })
    return reply.sendFile(file, assets, { cacheControl: false })
  })
}
