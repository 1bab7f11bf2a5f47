import type { SourcePosition } from './contracts/ids.ts'
import { STAGES } from './contracts/stage.ts'
import type { UserStateRecord } from './contracts/user-state-record.ts'
import type { ActiveModel, TrackedUser } from './track-user.ts'
import { activeDaysMask, dayOf } from './user-state/day-window.ts'
import { posteriorsAt } from './user-state/posterior.ts'
import { posteriorRecords } from './user-state/posterior-records.ts'
import { stateNumbers, stateTokens } from './user-state/state-features.ts'

const NO_EMBEDDING = new Float32Array(0)

/** The published state of a user as of their latest event, with the state embedding [s_1 .. s_T] of equation 8. */
export function publishUserState(
  { state, attention }: TrackedUser,
  source: Pick<SourcePosition, 'topic' | 'partition'>,
  model: ActiveModel,
): UserStateRecord {
  const posteriors = posteriorsAt(state, state.lastEventTime, model)
  const tokens = stateTokens(state, posteriors, state.lastEventTime, 0, model)
  return {
    userId: state.userId,
    stage: STAGES[state.stage],
    stageProbabilities: state.stageProbabilities,
    since: state.stageSince,
    dormant: state.dormant,
    returned: state.returnedUntil > 0,
    tasks: posteriorRecords(state, posteriors, model),
    embedding: model.extractor?.embed(attention, tokens) ?? NO_EMBEDDING,
    embeddingVersion: model.extractor ? model.bundleVersion : 0,
    ruleVersion: model.ruleVersion,
    bundleVersion: model.bundleVersion,
    eventTime: state.lastEventTime,
    firstEventTime: state.firstEventTime,
    lastImpressionTime: state.frozenTime,
    activeDays: activeDaysMask(state.buckets, dayOf(state.lastEventTime)),
    stateTokens: tokens,
    stateNumbers: stateNumbers(state, posteriors, state.stageProbabilities, state.lastEventTime, 0, model),
    source: { ...source, offset: state.sourceOffset as SourcePosition['offset'] },
  }
}
