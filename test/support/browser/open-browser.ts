import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { CHROMIUM } from './chromium-path.ts'

/** No sandbox, as containers have none; nothing of what a browser asks the network for by itself. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser with nothing stored, at the size of a desktop. Its folder goes away with it. */
export async function openBrowser(): Promise<BrowserContext> {
  const folder = await mkdtemp(join(tmpdir(), 'stan-lifecycle-browser-'))
  const browser = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    acceptDownloads: true,
  })
  browser.on('close', () => void rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  return browser
}
