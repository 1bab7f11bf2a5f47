const EVERY_MS = 50

/** Asks until the answer is yes; throws a sentence when it is not in time. What the question throws ends it at once. */
export async function until(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
