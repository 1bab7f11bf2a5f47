let isInstalled = false

/**
 * Silences one warning of Node 24: kafkajs asks for a timer in the past whenever it is not throttled, which means at
 * once. The same mistake elsewhere, and every other warning, are still told.
 */
export function silenceTimerWarning(): void {
  if (isInstalled) return
  isInstalled = true
  const emitWarning = process.emitWarning.bind(process) as (...parts: unknown[]) => void
  process.emitWarning = (...parts: unknown[]): void => {
    if (parts[1] === 'TimeoutNegativeWarning' && isFromKafkaJs()) return
    emitWarning(...parts)
  }
}

function isFromKafkaJs(): boolean {
  return /[\\/]kafkajs[\\/]src[\\/]network[\\/]/.test(new Error('stack').stack ?? '')
}
