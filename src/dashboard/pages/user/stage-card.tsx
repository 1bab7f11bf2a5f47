import { STAGES } from '../../../core/contracts/stage.ts'
import type { UserState } from '../../api/answers.ts'
import { Card } from '../../elements/card.tsx'
import { CsvButton } from '../../elements/csv-button.tsx'
import { csvText } from '../../figures/csv-text.ts'
import { formatShare } from '../../figures/format-figures.ts'
import { formatMoment } from '../../figures/format-times.ts'

interface Props {
  readonly state: UserState
  readonly isLive: boolean
}

/** The published stage, and how probable each stage is. */
export function StageCard({ state, isLive }: Props) {
  const { userId, stage, stageProbabilities, dormant, returned, since, eventTime, source } = state
  const csv = (): string =>
    csvText(
      ['stage', 'probability'],
      STAGES.map((name) => [name, stageProbabilities[name]]),
    )
  return (
    <Card
      title="Stage"
      note={isLive ? 'live, moves with the events of this user' : 'connecting…'}
      actions={<CsvButton name={`stage-of-${userId}`} text={csv} />}
    >
      <div class="user-stage">
        <div class="user-stage-now">
          <span class="user-stage-name" style={{ borderColor: `var(--stage-${stage})` }}>
            {stage}
          </span>
          {dormant && <span class="badge badge-outline">dormant</span>}
          {returned && <span class="badge badge-outline">returned</span>}
          <span class="faint">since {formatMoment(since)}</span>
        </div>
        <dl class="probabilities">
          {STAGES.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <span class="probability-bar" aria-hidden="true">
                  <span style={{ width: `${stageProbabilities[name] * 100}%`, background: `var(--stage-${name})` }} />
                </span>
                <span class="probability-value">{formatShare(stageProbabilities[name])}</span>
              </dd>
            </div>
          ))}
        </dl>
        <dl class="facts">
          <div>
            <dt>last event</dt>
            <dd>{formatMoment(eventTime)} UTC</dd>
          </div>
          <div>
            <dt>rules</dt>
            <dd>{state.ruleVersion}</dd>
          </div>
          <div>
            <dt>bundle</dt>
            <dd>{state.bundleVersion}</dd>
          </div>
          <div>
            <dt>record</dt>
            <dd>
              {source.topic} {source.partition}@{source.offset}
            </dd>
          </div>
        </dl>
      </div>
    </Card>
  )
}
