import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WhyMove } from '../../src/dashboard/api/answers.ts'
import { accessibilityFaults } from '../support/browser/accessibility-faults.ts'
import { openBrowser } from '../support/browser/open-browser.ts'
import type { PageGlobals } from '../support/browser/page-globals.ts'
import { describeWithChromium } from '../support/browser/require-chromium.ts'
import { ServedShop } from '../support/browser/served-shop.ts'
import { simulatedInteractions } from '../support/simulated-interactions.ts'

let shop: ServedShop
let browser: BrowserContext
let userId: string
let moves: readonly WhyMove[]

async function openUser(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${shop.address}/#/user/${userId}`)
  await page.getByRole('heading', { level: 2, name: 'Why', exact: true }).waitFor()
  return page
}

describeWithChromium("a user's past on the dashboard", () => {
  beforeAll(async () => {
    shop = await ServedShop.open()
    await shop.send(simulatedInteractions(6000))
    // One with a move by evidence that has events before it.
    const { users } = await shop.ask<{ users: { userId: string }[] }>('/v1/users?limit=100')
    for (const user of users) {
      ;({ moves } = await shop.ask<{ moves: WhyMove[] }>(`/v1/users/${user.userId}/why?limit=10`))
      userId = user.userId
      if (moves.length > 1 && moves.some(({ raised }) => raised.length > 1)) break
    }
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  test('the events that moved the stage come by keyboard, with what was believed before and after', async () => {
    const page = await openUser()
    await page.getByRole('button', { name: 'Show the events' }).focus()
    await page.keyboard.press('Enter')
    const tables = page.getByRole('table', { name: /^Events behind the change/ })
    await expect.poll(() => tables.count()).toBe(moves.length)
    for (const [i, { raised }] of moves.entries()) {
      // The head, what raised the stage, and what decided.
      expect(await tables.nth(i).getByRole('row').count()).toBe(raised.length + 2)
    }
    const at = moves.findIndex(({ raised }) => raised.length > 1)
    const { task, after } = moves[at].raised[0]
    const first = await tables.nth(at).getByRole('row').nth(1).innerText()
    expect(first).toContain(task!)
    expect(first).toContain(`→ ${(100 * after.tasks[task!].mean).toFixed(1)} %`)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.close()
  })

  test('the time field shows the state as it was, beside the present one', async () => {
    const page = await openUser()
    const { time } = moves.at(-1)!.decided
    const { state } = await shop.ask<{ state: { stage: string; bundleVersion: number } }>(
      `/v1/users/${userId}/state?at=${time.slice(0, 19)}.999Z`,
    )
    await page.getByLabel('Time (UTC)').fill(time.slice(0, 19))
    await page.keyboard.press('Enter')
    const table = page.getByRole('table', { name: /^State at / })
    await table.waitFor()
    await page.getByText(`this user was ${state.stage}`).waitFor()
    const bundle = await table
      .getByRole('row')
      .filter({ hasText: /^bundle/ })
      .innerText()
    expect(bundle.split(/\s+/)[1]).toBe(String(state.bundleVersion))
    expect(await accessibilityFaults(page)).toEqual([])
    await page.close()
  })

  test('a time before the first event is told as a sentence', async () => {
    const page = await openUser()
    await page.getByLabel('Time (UTC)').fill('2001-01-01T00:00:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toContain('their first event is of')
    await page.close()
  })

  test.each(['light', 'dark'] as const)('both fit a telephone, %s', async (colorScheme) => {
    const page = await openUser()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Show the events' }).click()
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByRole('table', { name: /^State at / }).waitFor()
    await page
      .getByRole('table', { name: /^Events behind/ })
      .first()
      .waitFor()
    const overflow = () =>
      page.evaluate(() => {
        const { clientWidth, scrollWidth } = (globalThis as unknown as PageGlobals).document.documentElement
        return scrollWidth - clientWidth
      })
    await expect.poll(overflow).toBeLessThanOrEqual(0)
    expect(await accessibilityFaults(page)).toEqual([])
    await page.close()
  })
})
