import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

interface AxeWindow {
  readonly axe: {
    run(): Promise<{
      violations: { id: string; impact: string | null; nodes: { html: string; failureSummary: string }[] }[]
    }>
  }
}

interface AnimatedWindow {
  readonly document: {
    getAnimations(): {
      readonly finished: Promise<unknown>
      readonly effect: { getTiming(): { readonly iterations?: number } } | null
    }[]
  }
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds wrong with a page that is serious or critical, one line each. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // What fades in has less contrast while it does.
  await page.evaluate(async () => {
    const { document } = globalThis as unknown as AnimatedWindow
    const ending = document.getAnimations().filter((held) => held.effect?.getTiming().iterations !== Infinity)
    await Promise.allSettled(ending.map((held) => held.finished))
  })
  // By the debugger, as the page's policy admits no script of others.
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const found = await (globalThis as unknown as AxeWindow).axe.run()
    return found.violations
  })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
    )
}
