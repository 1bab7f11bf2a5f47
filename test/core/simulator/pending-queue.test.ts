import * as fc from '../../support/fast-check.ts'
import { expect, it } from 'vitest'
import { popPending, pushPending, type PendingEvent } from '../../../src/core/simulator/pending-queue.ts'

it('pending queue gives events by time, and by creation among equal times, with pushes in between', () => {
  const command = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('pop' as const))
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const heap: PendingEvent[] = []
      const model: PendingEvent[] = []
      const taken: [PendingEvent, PendingEvent][] = []
      commands.forEach((next, sequence) => {
        if (next !== 'pop') {
          const rest = { type: 0, user: 0, item: 0, tab: 0, number: 0, impression: -1, value: 0 }
          pushPending(heap, { timeMs: next, sequence, ...rest })
          model.push({ timeMs: next, sequence, ...rest })
        } else if (model.length > 0) {
          model.sort((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence)
          taken.push([popPending(heap), model.shift()!])
        }
      })
      for (const [event, expected] of taken) expect(event).toEqual(expected)
      expect(heap).toHaveLength(model.length)
    }),
  )
})
