import { useEffect, useState } from 'preact/hooks'
import type { StateAnswer, TimelineAnswer, UserState } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { useEvents } from '../../api/use-events.ts'
import { rateAxisEnd } from '../../figures/beta-density.ts'
import { PastCard } from './past-card.tsx'
import { PosteriorCard } from './posterior-card.tsx'
import { StageCard } from './stage-card.tsx'
import { TimelineCard } from './timeline-card.tsx'
import { WhyCard } from './why-card.tsx'
import { type WatchedUser, withState, withTimeline, withUserEvents } from './watched-user.ts'

/** The stream tells of every change; this keeps the freshness, and finds what came before the stream was open. */
const EVERY_MS = 10_000

/** A user whose state was asked for, then follows their events. */
export function UserDetails({ first }: { readonly first: UserState }) {
  const { userId } = first
  const [watched, setWatched] = useState<WatchedUser>({ state: first, transitions: [], isErased: false })
  const path = `/v1/users/${encodeURIComponent(userId)}`
  const isLive = useEvents(pathWith('/v1/events', { topics: 'states,transitions', userId }), (events) =>
    setWatched((held) => withUserEvents(held, events)),
  )
  const { answer: newest } = useAnswer<StateAnswer>(isLive ? `${path}/state` : null, EVERY_MS)
  const { answer: timeline, reload } = useAnswer<TimelineAnswer>(`${path}/timeline?limit=50`, null)
  useEffect(() => {
    if (newest) setWatched((held) => withState(held, newest.state))
  }, [newest])
  useEffect(() => {
    if (timeline) setWatched((held) => withTimeline(held, timeline.transitions))
  }, [timeline])
  useEffect(() => {
    if (isLive) reload()
  }, [isLive])

  const { state, transitions, isErased } = watched
  const earlier = transitions.find(({ reason }) => reason === 'evidence')?.after ?? first.tasks
  const tasks = Object.entries(state.tasks)
  return (
    <div class="grid">
      {isErased && (
        <p class="error-note" role="alert">
          This user has been erased. What you see is the last that was known.
        </p>
      )}
      <StageCard state={state} isLive={isLive} />
      {tasks.map(([task, posterior]) => (
        <div key={task} class="span-4">
          <PosteriorCard
            task={task}
            posterior={posterior}
            earlier={earlier[task] ?? null}
            axisEnd={rateAxisEnd([posterior.upper, earlier[task]?.upper ?? 0])}
          />
        </div>
      ))}
      <p class="faint legend-line">
        Curve: posterior now; filled: 5 to 95 %; line: mean; dashed: when the present stage was entered.
      </p>
      <TimelineCard userId={userId} transitions={transitions} />
      <WhyCard userId={userId} />
      <PastCard state={state} />
    </div>
  )
}
