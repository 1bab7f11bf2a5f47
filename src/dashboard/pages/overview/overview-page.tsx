import { useMemo, useState } from 'preact/hooks'
import { STAGES } from '../../../core/contracts/stage.ts'
import { type AlertsAnswer, ACTIVITIES, type Interval, INTERVALS, type LifecycleAnswer } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { useEvents } from '../../api/use-events.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { ChartCard } from '../../elements/chart-card.tsx'
import { ChoiceGroup } from '../../elements/choice-group.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { PageHead } from '../../elements/page-head.tsx'
import { formatCount, formatShare } from '../../figures/format-figures.ts'
import { nameInterval } from '../../figures/format-times.ts'
import { palette } from '../../theme/theme.ts'
import { type ActivityBar, ActivityUsers } from './activity-users.tsx'
import { GrowthAccounting } from './growth-accounting.tsx'
import { lifecycleBars } from './lifecycle-bars.ts'
import { lifecycleTable } from './lifecycle-table.tsx'
import { LiveFigures } from './live-figures.tsx'
import { EMPTY_FEED, withEvents } from './live-feed.ts'
import { LatestAlerts, LatestTransitions } from './live-lists.tsx'
import { shareOf, stageShares } from './stage-shares.ts'
import { useEventRate } from './use-event-rate.ts'

const EVERY_MS = 3000

/** Where all users are, how that came, and what happens now. */
export function OverviewPage() {
  const [interval, chooseInterval] = useState<Interval>('day')
  const [bar, setBar] = useState<ActivityBar | null>(null)
  const [feed, setFeed] = useState(EMPTY_FEED)
  const asked = useAnswer<LifecycleAnswer>(pathWith('/v1/lifecycle', { interval }), EVERY_MS)
  const earlierAlerts = useAnswer<AlertsAnswer>('/v1/alerts?limit=6', null)
  const isLive = useEvents('/v1/events?topics=transitions,alerts', (events) =>
    setFeed((held) => withEvents(held, events, Date.now())),
  )
  const eventsPerSecond = useEventRate()
  const alerts = [...feed.alerts, ...(earlierAlerts.answer?.alerts ?? [])].slice(0, 6)

  return (
    <>
      <PageHead title="Overview" note="Where users are in their lifecycle, and who came, stayed and went.">
        <ChoiceGroup label="Interval" choices={INTERVALS} chosen={interval} onChoose={chooseInterval} />
      </PageHead>
      <AnswerView asked={asked} what="the lifecycle" heights={[110, 380, 340]}>
        {(answer) =>
          answer.users === 0 ? (
            <div class="card">
              <EmptyNote title="No users yet">Send interactions, and users appear here within a second.</EmptyNote>
            </div>
          ) : (
            <>
              <LiveFigures
                answer={answer}
                eventsPerSecond={eventsPerSecond}
                transitionsPerMinute={feed.arrivals.length}
              />
              <div class="span-8">
                <LifecycleCard answer={answer} onChoose={setBar} />
              </div>
              <div class="span-4">
                <GrowthAccounting intervals={answer.intervals} interval={answer.interval} />
              </div>
              <div class="span-4">
                <StageShareCard answer={answer} />
              </div>
              <div class="span-4">
                <LatestTransitions transitions={feed.transitions} isLive={isLive} />
              </div>
              <div class="span-4">
                <LatestAlerts alerts={alerts} isLive={isLive} />
              </div>
            </>
          )
        }
      </AnswerView>
      {bar && <ActivityUsers {...bar} onClose={() => setBar(null)} />}
    </>
  )
}

interface LifecycleProps {
  readonly answer: LifecycleAnswer
  readonly onChoose: (bar: ActivityBar) => void
}

function LifecycleCard({ answer: { intervals, interval }, onChoose }: LifecycleProps) {
  const colours = palette.value
  const option = useMemo(() => lifecycleBars(intervals, interval, colours), [intervals, interval, colours])
  const last = intervals.at(-1)
  return (
    <ChartCard
      title="Lifecycle"
      note={`Active users by ${interval}; below zero, those of the ${interval} before who did not come`}
      option={option}
      height={320}
      file={`lifecycle-by-${interval}`}
      summary={
        `Bars by ${interval}.` +
        (last
          ? ` ${nameInterval(last.start, interval)}: ${ACTIVITIES.map((activity) => `${formatCount(last[activity])} ${activity}`).join(', ')}.`
          : '')
      }
      table={lifecycleTable(intervals, interval, (start, activity) => onChoose({ interval, start, activity }))}
      onChoose={({ seriesName, dataIndex }) => {
        const activity = ACTIVITIES.find((name) => name === seriesName)
        if (activity) onChoose({ interval, start: intervals[dataIndex].start, activity })
      }}
    />
  )
}

function StageShareCard({ answer: { intervals, interval } }: { readonly answer: LifecycleAnswer }) {
  const colours = palette.value
  const option = useMemo(() => stageShares(intervals, interval, colours), [intervals, interval, colours])
  const last = intervals.at(-1)
  return (
    <ChartCard
      title="Stage share"
      note={`At the end of each ${interval}`}
      option={option}
      height={340}
      file={`stage-share-by-${interval}`}
      summary={
        `Share of each stage over time.` +
        (last ? ` Last: ${STAGES.map((stage) => `${stage} ${formatShare(shareOf(last, stage))}`).join(', ')}.` : '')
      }
      table={{
        caption: `Users by stage at the end of each ${interval}`,
        rows: [...intervals].reverse(),
        keyOf: ({ start }) => start,
        columns: [
          { label: interval, value: ({ start }) => start, cell: ({ start }) => nameInterval(start, interval) },
          ...STAGES.map((stage) => ({
            label: stage,
            isNumber: true,
            value: ({ stages }: (typeof intervals)[number]) => stages[stage],
            cell: (entry: (typeof intervals)[number]) =>
              `${formatCount(entry.stages[stage])} (${formatShare(shareOf(entry, stage))})`,
          })),
        ],
      }}
    />
  )
}
