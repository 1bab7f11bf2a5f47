import { ACTIVITIES, type Activity, type Interval, type LifecycleInterval } from '../../api/answers.ts'
import type { TableModel } from '../../elements/table-model.ts'
import { formatCount, formatDecimal } from '../../figures/format-figures.ts'
import { nameInterval } from '../../figures/format-times.ts'

/** The figures of the lifecycle bars, newest first; each count opens the list of its users. */
export function lifecycleTable(
  intervals: readonly LifecycleInterval[],
  interval: Interval,
  onChoose: (start: string, activity: Activity) => void,
): TableModel<LifecycleInterval> {
  return {
    caption: `Users by ${interval} and activity`,
    rows: [...intervals].reverse(),
    keyOf: ({ start }) => start,
    columns: [
      {
        label: interval,
        value: ({ start }) => start,
        cell: ({ start, complete }) => `${nameInterval(start, interval)}${complete ? '' : ' (so far)'}`,
      },
      ...ACTIVITIES.map((activity) => ({
        label: activity,
        isNumber: true,
        value: (entry: LifecycleInterval) => entry[activity],
        cell: (entry: LifecycleInterval) => (
          <button
            type="button"
            class="link-button"
            aria-label={`List the ${entry[activity]} ${activity} users of ${nameInterval(entry.start, interval)}`}
            onClick={() => onChoose(entry.start, activity)}
          >
            {formatCount(entry[activity])}
          </button>
        ),
      })),
      { label: 'active', isNumber: true, value: ({ active }) => active, cell: ({ active }) => formatCount(active) },
      {
        label: 'quick ratio',
        isNumber: true,
        value: ({ quickRatio }) => quickRatio,
        cell: ({ quickRatio }) => formatDecimal(quickRatio, 2),
      },
    ],
  }
}
