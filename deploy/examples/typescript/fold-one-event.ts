/** The pure core: one event of a user who was unknown. */
import type { Offset } from 'stan-lifecycle'
import { activeModel, parseInteraction, publishUserState, trackerSettings, trackUser } from 'stan-lifecycle'

const model = activeModel(trackerSettings({ stages: { minEvidence: 5 } }), null)
const parsed = parseInteraction({
  eventId: 'e1',
  userId: 'ann',
  itemId: 'shoes',
  type: 'impression',
  eventTime: Date.parse('2026-01-01T12:00:00Z'),
  context: {},
  outcomes: { click: 1, stay: 42_000 },
})
if (parsed.kind === 'rejection') throw new Error(parsed.reason)

const source = { topic: 'interactions', partition: 0, offset: 0 as Offset }
const { interaction } = parsed
const event = { kind: 'interaction' as const, interaction, impression: null, streamTimeMs: 0, source }
const { user, outputs } = trackUser(null, event, model)
const { stage, tasks } = publishUserState(user!, source, model)
process.stdout.write(`${JSON.stringify({ stage, ctr: tasks[0].mean, outputs: outputs.map(({ kind }) => kind) })}\n`)
