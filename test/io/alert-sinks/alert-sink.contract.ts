import { describe, expect, test } from 'vitest'
import type { LifecycleAlert } from '../../../src/core/contracts/lifecycle-alert.ts'
import type { LifecycleError } from '../../../src/core/contracts/lifecycle-error.ts'
import type { AlertSink } from '../../../src/io/alert-sinks/alert-sink.ts'
import { SAMPLE_RECORDS } from '../../support/sample-records.ts'

/** A sink, and what its receiver has been told. */
export interface SinkBench {
  readonly sink: AlertSink
  /** Rule, subject and status of each. */
  readonly told: () => Promise<readonly string[]>
  /** The receiver is down from now on; null where nothing can be. */
  readonly takeDown: (() => Promise<void>) | null
}

export function sinkAlert(changes: Partial<LifecycleAlert> = {}): LifecycleAlert {
  const startsAt = Date.now() - 60_000
  const subject = changes.subject ?? 'ctr'
  return {
    ...SAMPLE_RECORDS.lifecycleAlert,
    kind: 'calibration-error',
    family: 'model',
    status: 'firing',
    subject,
    message: `Calibration error of ${subject} is 0.2`,
    deduplicationKey: `calibration-error/${subject}/${startsAt}`,
    fingerprint: `calibration-error/${subject}`,
    startsAt,
    endsAt: null,
    runbook: 'deploy/runbooks/calibration-error.md',
    ...changes,
  }
}

/** What every sink does. `open` makes one whose receiver has been told nothing. */
export function describeAlertSink(
  name: string,
  open: () => Promise<SinkBench>,
  suite: (name: string, body: () => void) => void = describe,
): void {
  suite(`${name} as an alert sink`, () => {
    test('tells of each alert, firing and resolved, and says what the receiver answered', async () => {
      const { sink, told } = await open()
      const firing = sinkAlert()
      expect(await sink.send([firing, sinkAlert({ subject: 'cvr' })])).not.toBe('')
      expect(await told()).toEqual(['calibration-error ctr firing', 'calibration-error cvr firing'])
      await sink.send([{ ...firing, status: 'resolved', endsAt: Date.now() - 1000 }])
      expect(await told()).toContain('calibration-error ctr resolved')
    })

    test('has nothing to tell of no alerts', async () => {
      const { sink, told } = await open()
      await sink.send([])
      expect(await told()).toEqual([])
    })

    test('fails as undelivered, to be tried again, when the receiver is down', async () => {
      const { sink, takeDown } = await open()
      await takeDown?.()
      const code = await sink.send([sinkAlert()]).then(
        () => 'delivered',
        (error: LifecycleError) => `${error.code}, ${error.retryable ? 'to be tried again' : 'for good'}`,
      )
      expect(code).toBe(takeDown ? 'alert-undelivered, to be tried again' : 'delivered')
    })
  })
}
