import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { accessibilityFaults } from '../support/browser/accessibility-faults.ts'
import { openBrowser } from '../support/browser/open-browser.ts'
import type { PageGlobals } from '../support/browser/page-globals.ts'
import { describeWithChromium } from '../support/browser/require-chromium.ts'
import { ServedShop } from '../support/browser/served-shop.ts'
import { simulatedInteractions } from '../support/simulated-interactions.ts'

interface PageCase {
  readonly hash: string
  readonly title: string
  readonly cards: readonly string[]
  readonly charts: number
}

let shop: ServedShop
let browser: BrowserContext
let page: Page
let userId: string
/** What the browser complained about. */
let complaints: string[]

const PAGES: readonly PageCase[] = [
  {
    hash: '#/overview',
    title: 'Overview',
    cards: ['Lifecycle', 'Growth accounting', 'Stage share', 'Latest transitions', 'Alerts'],
    charts: 2,
  },
  { hash: '#/transitions', title: 'Transitions', cards: ['From stage to stage', 'Matrix'], charts: 1 },
  { hash: '#/retention', title: 'Retention', cards: ['Cohorts', 'Time in a stage'], charts: 1 },
  { hash: '#/states/USER', title: 'States', cards: ['Map of states', 'Way of USER'], charts: 1 },
  { hash: '#/user', title: 'User', cards: ['Users'], charts: 0 },
  {
    hash: '#/user/USER',
    title: 'USER',
    cards: ['Stage', 'ctr', 'stay', 'cvr', 'Timeline', 'Why', 'State at a time'],
    charts: 3,
  },
  {
    hash: '#/model',
    title: 'Model',
    cards: ['AUC over time', 'Log loss over time', 'Calibration', 'By stage', 'Versions', 'Tasks'],
    charts: 3,
  },
  { hash: '#/operations', title: 'Operations', cards: ['Memory', 'Topics', 'Dead letters'], charts: 1 },
]

async function openPage({ hash, title, cards }: PageCase): Promise<void> {
  const named = (text: string): string => text.replace('USER', userId)
  await page.goto(`${shop.address}/${named(hash)}`)
  await page.getByRole('heading', { level: 1, name: named(title), exact: true }).waitFor()
  for (const card of cards) await page.getByRole('heading', { level: 2, name: named(card), exact: true }).waitFor()
}

/** Charts of which something has been painted. */
async function paintedCharts(): Promise<number> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as PageGlobals
    const painted = [...document.querySelectorAll('.chart canvas')].filter((canvas) =>
      canvas
        .getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0),
    )
    return painted.length
  })
}

describeWithChromium('the pages of the dashboard', () => {
  beforeAll(async () => {
    shop = await ServedShop.open()
    await shop.send(simulatedInteractions(15_000))
    const { alerts } = await shop.ask<{ alerts: { family: string; subject: string }[] }>('/v1/alerts')
    userId = alerts.find(({ family }) => family === 'user')!.subject
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })
  beforeEach(async () => {
    complaints = []
    page = await browser.newPage()
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (message) => {
      const isComplaint = message.type() === 'error' || message.type() === 'warning'
      // The test itself reads the canvases' pixels, more often than Chromium likes.
      if (isComplaint && !message.text().startsWith('Canvas2D:')) complaints.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(shop.address)) complaints.push(`asks for ${request.url()}`)
    })
  })
  afterEach(() => page.close())

  test.each(PAGES)('$hash shows its cards and charts, from this server alone', async (shown) => {
    await openPage(shown)
    await expect.poll(paintedCharts).toBe(shown.charts)
    expect(await page.title()).toContain('stan-lifecycle')
    expect(await page.locator('nav [aria-current=page]').count()).toBe(1)
    // Each chart tells in words what it shows, and has a table beside it.
    const summaries = await page.locator('.chart').evaluateAll((all) => all.map((chart) => chart.ariaLabel ?? ''))
    expect(summaries.filter((text) => text.length > 20)).toHaveLength(shown.charts)
    expect(await page.getByRole('button', { name: /^Table of/ }).count()).toBe(shown.charts)
    expect(complaints).toEqual([])
  })

  test.each(PAGES)('$hash has no serious fault of accessibility, in either theme', async (shown) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await openPage(shown)
      expect(await accessibilityFaults(page)).toEqual([])
      for (const button of await page.getByRole('button', { name: /^Table of/ }).all()) await button.click()
      expect(await accessibilityFaults(page)).toEqual([])
    }
  })

  test.each(PAGES)('$hash fits a telephone', async (shown) => {
    await page.setViewportSize({ width: 390, height: 844 })
    await openPage(shown)
    await expect.poll(paintedCharts).toBe(shown.charts)
    // Charts follow the width a moment later.
    await expect.poll(overflow).toBeLessThanOrEqual(0)
    await expect.poll(chartWidths).toSatisfy((widths: number[]) => widths.every((width) => width > 250 && width < 390))
    expect(await accessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

/** Pixels by which the page is wider than the window. */
function overflow(): Promise<number> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = (globalThis as unknown as PageGlobals).document.documentElement
    return scrollWidth - clientWidth
  })
}

function chartWidths(): Promise<number[]> {
  return page.locator('.chart').evaluateAll((all) => all.map((chart) => chart.clientWidth))
}
