import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'

const decoder = new TextDecoder()

/**
 * Takes the alerts about an erased user, whose id is the key of the tombstone, out of alerts by deduplication key. One
 * about the whole may have a subject of the same name, and stays.
 */
export function dropAlertsOf(alerts: Map<string, LifecycleAlert>, key: Uint8Array | null): void {
  if (!key) return
  const userId = decoder.decode(key)
  for (const [name, { family, subject }] of alerts) {
    if (family === 'user' && subject === userId) alerts.delete(name)
  }
}
