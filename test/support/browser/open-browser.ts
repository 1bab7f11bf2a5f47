import { type BrowserContext, chromium } from 'playwright-core'
import { temporaryFolder } from '../temporary-folder.ts'
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

/** A browser with nothing stored, at the size of a desktop. */
export async function openBrowser(): Promise<BrowserContext> {
  return chromium.launchPersistentContext(await temporaryFolder(), {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    acceptDownloads: true,
  })
}
