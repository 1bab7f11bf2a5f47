import { useState } from 'preact/hooks'
import type { Activity, Interval, ListedUser, UsersAnswer } from '../../api/answers.ts'
import { pathWith } from '../../api/api-client.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { AnswerView } from '../../elements/answer-view.tsx'
import { EmptyNote } from '../../elements/empty-note.tsx'
import { SidePanel } from '../../elements/side-panel.tsx'
import { StageBadge } from '../../elements/stage-badge.tsx'
import { type TableModel, tableCsv } from '../../elements/table-model.ts'
import { TableView } from '../../elements/table-view.tsx'
import { UserLink } from '../../elements/user-link.tsx'
import { formatMoment, nameInterval } from '../../figures/format-times.ts'
import { AllUsersButton } from './all-users-button.tsx'

const PAGE_SIZE = 50

/** A bar of the lifecycle chart. */
export interface ActivityBar {
  readonly interval: Interval
  readonly start: string
  readonly activity: Activity
}

interface Props extends ActivityBar {
  readonly onClose: () => void
}

/** The users of one bar, page by page. */
export function ActivityUsers({ interval, start, activity, onClose }: Props) {
  /** Where each page up to the shown one starts. */
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null])
  const parameters = { interval, start, activity }
  const path = pathWith('/v1/users', { ...parameters, limit: PAGE_SIZE, cursor: cursors.at(-1) })
  const asked = useAnswer<UsersAnswer>(path, null)
  const name = nameInterval(start, interval)
  return (
    <SidePanel title={`${TITLES[activity]} users`} note={`${name} · ${NOTES[activity]}`} onClose={onClose}>
      <AnswerView asked={asked} what="the users" heights={[400]}>
        {({ users, next }) =>
          users.length === 0 ? (
            <EmptyNote title="No users here">The list may have changed since the chart was drawn.</EmptyNote>
          ) : (
            <>
              <TableView table={userTable(users, `${TITLES[activity]} users, ${name}`)} />
              <div class="panel-foot">
                <AllUsersButton
                  name={`${activity}-users-${start.slice(0, 10)}`}
                  parameters={parameters}
                  csvOf={(all) => tableCsv(userTable(all, ''))}
                />
                <span class="panel-pages">
                  <button
                    type="button"
                    class="button"
                    disabled={cursors.length === 1}
                    onClick={() => setCursors(cursors.slice(0, -1))}
                  >
                    Back
                  </button>
                  <span>Page {cursors.length}</span>
                  <button
                    type="button"
                    class="button"
                    disabled={next === null}
                    onClick={() => setCursors([...cursors, next])}
                  >
                    Next
                  </button>
                </span>
              </div>
            </>
          )
        }
      </AnswerView>
    </SidePanel>
  )
}

const TITLES: Readonly<Record<Activity, string>> = {
  new: 'New',
  returned: 'Returned',
  retained: 'Retained',
  dormant: 'Dormant',
}

const NOTES: Readonly<Record<Activity, string>> = {
  new: 'first event ever',
  returned: 'active earlier, but not in the interval before',
  retained: 'active in the interval before too',
  dormant: 'active in the interval before, not in this one',
}

function userTable(users: readonly ListedUser[], caption: string): TableModel<ListedUser> {
  return {
    caption,
    rows: users,
    keyOf: ({ userId }) => userId,
    columns: [
      { label: 'user', value: ({ userId }) => userId, cell: ({ userId }) => <UserLink userId={userId} /> },
      { label: 'stage now', value: ({ stage }) => stage, cell: (user) => <StageBadge {...user} /> },
      { label: 'since', value: ({ since }) => since, cell: ({ since }) => formatMoment(since) },
      { label: 'last event', value: ({ eventTime }) => eventTime, cell: ({ eventTime }) => formatMoment(eventTime) },
    ],
  }
}
