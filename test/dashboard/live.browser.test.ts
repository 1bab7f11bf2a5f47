import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Interaction } from '../../src/core/contracts/interaction.ts'
import type { LifecycleAnswer, StateAnswer, UsersAnswer } from '../../src/dashboard/api/answers.ts'
import { accessibilityFaults } from '../support/browser/accessibility-faults.ts'
import { openBrowser } from '../support/browser/open-browser.ts'
import type { PageGlobals } from '../support/browser/page-globals.ts'
import { describeWithChromium } from '../support/browser/require-chromium.ts'
import { ServedShop } from '../support/browser/served-shop.ts'
import { simulatedInteractions } from '../support/simulated-interactions.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EARLIER = 5000
const events = simulatedInteractions(8000)

let shop: ServedShop
let browser: BrowserContext
let page: Page
/** Events that have been sent. */
let sent = 0

async function sendNext(count: number): Promise<readonly Interaction[]> {
  const next = events.slice(sent, sent + count)
  sent += next.length
  await shop.send(next)
  return next
}

function busiestOf(interactions: readonly Interaction[]): string {
  const counts = new Map<string, number>()
  for (const { userId } of interactions) counts.set(userId, (counts.get(userId) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0][0]
}

function heading(name: string) {
  return page.getByRole('heading', { name, exact: true })
}

describeWithChromium('the dashboard', () => {
  beforeAll(async () => {
    shop = await ServedShop.open()
    await sendNext(EARLIER)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })
  beforeEach(async () => {
    page = await browser.newPage()
  })
  afterEach(() => page.close())

  test('lists the users of a bar that is clicked, and saves all of them', async () => {
    await page.goto(shop.address)
    await heading('Lifecycle').waitFor()
    const { intervals } = await shop.ask<LifecycleAnswer>('/v1/lifecycle?interval=day')
    const chart = page.locator('.chart').first()
    await chart.locator('canvas').waitFor()
    await page.waitForTimeout(500)
    // The first day has new users only: its bar stands on the zero line, at the left.
    const box = (await chart.boundingBox())!
    const panel = page.getByRole('dialog', { name: 'New users' })
    // From above, and again where the chart was not yet drawn.
    const heights = Math.floor((box.height - 160) / 20)
    for (let i = 0; i < 10 * heights && !(await panel.isVisible()); i++) {
      const height = 100 + 20 * (i % heights)
      await page.mouse.click(box.x + 30 + (box.width - 40) / intervals.length / 2, box.y + height)
      await page.waitForTimeout(100)
    }
    await panel.waitFor()
    const first = intervals[0]
    await expect.poll(() => panel.getByRole('row').count()).toBe(Math.min(50, first.new) + 1)
    // Several pages of the list, few as these users are.
    await page.route('**/v1/users*', (route) =>
      route.continue({ url: route.request().url().replace('limit=500', 'limit=10') }),
    )
    const downloading = page.waitForEvent('download')
    await panel.getByRole('button', { name: 'CSV of all' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe(`new-users-${first.start.slice(0, 10)}.csv`)
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n')
    expect(lines[0]).toBe('\ufeffuser,stage now,since,last event')
    expect(lines).toHaveLength(first.new + 1)
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
  })

  test('gives the figures of a chart as a table whose counts list their users, by keyboard alone', async () => {
    await page.goto(shop.address)
    const toggle = page.getByRole('button', { name: 'Table of Lifecycle' })
    await toggle.focus()
    await page.keyboard.press('Enter')
    const { intervals } = await shop.ask<LifecycleAnswer>('/v1/lifecycle?interval=day')
    const table = page.getByRole('table', { name: 'Users by day and activity' })
    await expect.poll(() => table.getByRole('row').count()).toBe(intervals.length + 1)
    const count = table.getByRole('button', { name: /^List the .* retained users/ }).nth(1)
    await count.focus()
    await page.keyboard.press('Enter')
    const panel = page.getByRole('dialog', { name: 'Retained users' })
    await panel.getByRole('row').nth(1).waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    await expect.poll(() => page.locator(':focus').textContent()).toBe(await count.textContent())
  })

  test('changes between day, week and month', async () => {
    await page.goto(shop.address)
    await page.getByRole('button', { name: 'week', exact: true }).click()
    await page.getByRole('button', { name: 'Table of Lifecycle' }).click()
    const { intervals } = await shop.ask<LifecycleAnswer>('/v1/lifecycle?interval=week')
    const table = page.getByRole('table', { name: 'Users by week and activity' })
    await expect.poll(() => table.getByRole('row').count()).toBe(intervals.length + 1)
  })

  test('shows users and transitions as they come', async () => {
    await page.goto(shop.address)
    await page.getByText('live, as they happen').first().waitFor()
    const feed = page.getByRole('list', { name: 'Latest transitions' })
    expect(await feed.count()).toBe(0)
    await sendNext(1000)
    await expect.poll(() => feed.getByRole('listitem').count(), { timeout: 20_000 }).toBeGreaterThan(0)
    const { users } = await shop.ask<LifecycleAnswer>('/v1/lifecycle')
    const tile = page.locator('.tile', { hasText: 'users' }).first().locator('.tile-value')
    await expect.poll(() => tile.textContent(), { timeout: 20_000 }).toBe(String(users))
  })

  test('finds a user by the start of the id, and moves with their events', async () => {
    const next = events.slice(sent, sent + 600)
    const userId = busiestOf(next)
    await page.goto(`${shop.address}/#/user`)
    const search = page.getByRole('combobox', { name: 'Find a user' })
    await search.fill(userId.slice(0, -1))
    await page.getByRole('option').first().waitFor()
    const { users } = await shop.ask<UsersAnswer>(`/v1/users?prefix=${userId.slice(0, -1)}&limit=8`)
    expect(await page.getByRole('option').locator('.suggestion-name').allTextContents()).toEqual(
      users.map((user) => user.userId),
    )
    await search.fill(userId)
    await expect.poll(() => page.getByRole('option').count()).toBe(1)
    expect(await accessibilityFaults(page)).toEqual([])
    await search.press('ArrowDown')
    await search.press('Enter')
    await heading(userId).waitFor()
    await page.getByText('live, moves with the events of this user').waitFor()

    const note = page.locator('.card', { has: heading('ctr') }).locator('.card-note')
    const before = await note.textContent()
    await sendNext(600)
    await expect.poll(() => note.textContent(), { timeout: 20_000 }).not.toBe(before)
    const { state } = await shop.ask<StateAnswer>(`/v1/users/${userId}/state`)
    await expect
      .poll(() => note.textContent(), { timeout: 20_000 })
      .toBe(`${state.tasks.ctr.successes} of ${state.tasks.ctr.trials} within 30 days`)
    await shop.erase(userId)
    await page.getByText('This user has been erased.').waitFor()
  })

  test('draws on the way of a watched user', async () => {
    const userId = busiestOf(events.slice(sent, sent + 600))
    await page.goto(`${shop.address}/#/states/${userId}`)
    const status = page.locator('.watched')
    await expect.poll(() => status.textContent(), { timeout: 20_000 }).toContain('grows as events come')
    const before = await status.textContent()
    await sendNext(600)
    // Sooner than the map is asked for again anyway.
    await expect.poll(() => status.textContent(), { timeout: 8000 }).not.toBe(before)
    await page.getByRole('link', { name: 'Stop watching' }).click()
    await status.waitFor({ state: 'hidden' })
  })

  test('says that a user is not known', async () => {
    await page.goto(`${shop.address}/#/user/nobody%20here`)
    await expect.poll(() => page.getByText('Nothing is known of nobody here').isVisible()).toBe(true)
  })

  test('keeps the last answer and says so when the server fails, and tries again when asked', async () => {
    let isBroken = false
    await page.route('**/v1/transitions*', (route) =>
      isBroken
        ? route.fulfill({
            status: 503,
            contentType: 'application/problem+json',
            body: JSON.stringify({ status: 503, title: 'Not available', detail: 'The view is being built' }),
          })
        : route.continue(),
    )
    await page.goto(`${shop.address}/#/transitions`)
    await heading('Matrix').waitFor()
    isBroken = true
    const alert = page.getByRole('alert')
    await alert.waitFor({ timeout: 20_000 })
    expect(await alert.textContent()).toContain('The view is being built')
    expect(await heading('Matrix').isVisible()).toBe(true)
    isBroken = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await alert.waitFor({ state: 'hidden', timeout: 2500 })
  })

  test('shows grey boxes while it loads, and that what it shows is stale', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/v1/lifecycle*', async (route) => {
      await gate
      const response = await route.fetch()
      const answer = (await response.json()) as LifecycleAnswer
      await route.fulfill({
        response,
        json: { ...answer, freshness: { ...answer.freshness, lagSeconds: 75, stale: true } },
      })
    })
    await page.goto(shop.address)
    await page.getByRole('status', { name: 'Loading the lifecycle' }).waitFor()
    release()
    await heading('Lifecycle').waitFor()
    const tile = page.locator('.tile', { hasText: 'freshness' })
    expect(await tile.textContent()).toContain('1 min 15 sstale')
  })

  test('says so when the server is gone', async () => {
    await page.goto(shop.address)
    await heading('Lifecycle').waitFor()
    await page.route('**/v1/**', (route) => route.abort('connectionrefused'))
    await page.getByText('Not connected').waitFor({ timeout: 20_000 })
    expect(await page.getByRole('alert').textContent()).toContain('The server does not answer')
  })

  test('asks for nothing while nobody looks', async () => {
    await page.goto(shop.address)
    await heading('Lifecycle').waitFor()
    let asked = 0
    page.on('request', (request) => {
      if (request.url().includes('/v1/lifecycle')) asked++
    })
    const show = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        const { document } = globalThis as unknown as PageGlobals
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event('visibilitychange'))
      }, isHidden)
    const expectNoneFor = async (ms: number): Promise<void> => {
      await page.waitForTimeout(500)
      asked = 0
      await page.waitForTimeout(ms)
      expect(asked).toBe(0)
    }
    await show(true)
    await expectNoneFor(4000)
    await show(false)
    await expect.poll(() => asked).toBeGreaterThan(0)
    // Also when the tab is left while an answer is on its way.
    await page.route('**/v1/lifecycle*', async (route) => {
      await show(true)
      await route.continue()
    })
    await page.waitForRequest('**/v1/lifecycle*')
    await expectNoneFor(4000)
  })

  test('keeps the chosen theme, and follows the system again', async () => {
    const scheme = () =>
      page.evaluate(() => (globalThis as unknown as PageGlobals).document.documentElement.style.colorScheme)
    await page.goto(shop.address)
    expect(await scheme()).toBe('light')
    await page.getByRole('button', { name: 'Theme: dark' }).click()
    expect(await scheme()).toBe('dark')
    await page.reload()
    expect(await scheme()).toBe('dark')
    await page.getByRole('button', { name: 'Theme: system' }).click()
    expect(await scheme()).toBe('light')
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(scheme).toBe('dark')
  })

  test('skips to the content, and moves the focus to the heading of a page that is gone to', async () => {
    await page.goto(shop.address)
    await heading('Lifecycle').waitFor()
    await page.keyboard.press('Tab')
    const focused = () =>
      page.evaluate(() => (globalThis as unknown as PageGlobals).document.activeElement?.textContent ?? '')
    expect(await focused()).toBe('Skip to content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => (globalThis as unknown as PageGlobals).document.activeElement?.id)).toBe('main')
    await page.getByRole('link', { name: 'Retention' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('h1:focus').allTextContents()).toEqual(['Retention'])
  })
})

describeWithChromium('the dashboard of a program', () => {
  let fresh: ServedShop
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    page = await browser.newPage()
  })
  afterEach(async () => {
    await page.close()
    await fresh.close()
  })

  test('without events says on every page what is missing', async () => {
    fresh = await ServedShop.open()
    for (const [hash, note] of [
      ['#/overview', 'No users yet'],
      ['#/transitions', 'No transitions in these days'],
      ['#/retention', 'No cohorts yet'],
      ['#/states', 'No states with an embedding yet'],
      ['#/user', 'No users yet'],
      ['#/model', 'No model yet'],
      ['#/operations', 'Every record could be read'],
    ]) {
      await page.goto(`${fresh.address}/${hash}`)
      await expect.poll(() => page.getByText(note).isVisible(), { timeout: 10_000 }).toBe(true)
    }
  })

  test('with tokens asks for one, sends it with requests and streams, and asks again when it is wrong', async () => {
    const file = join(await temporaryFolder(), 'tokens')
    await writeFile(file, 'right-token\n')
    const tokens = { readTokensFile: file, writeTokensFile: file, adminTokensFile: file }
    fresh = await ServedShop.open(tokens, 'right-token')
    await fresh.send(events.slice(0, 1000))
    await page.goto(fresh.address)
    await heading('Sign in with a token').waitFor()
    expect(await accessibilityFaults(page)).toEqual([])
    const field = page.getByLabel('Read token')
    await field.fill('wrong-token')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The server does not know this token.').waitFor()
    await page.getByLabel('Read token').fill('right-token')
    await page.keyboard.press('Enter')
    await heading('Lifecycle').waitFor()
    await page.getByText('live, as they happen').first().waitFor()
    await page.reload()
    await heading('Lifecycle').waitFor()
    const kept = await page.evaluate(() => {
      const { localStorage, document } = globalThis as unknown as PageGlobals
      return [localStorage.length, document.cookie]
    })
    expect(kept).toEqual([0, ''])
  })
})
