import type { ModelsAnswer } from '../../api/answers.ts'

/** The tasks in the order of the configuration; of the measured ones where there is no bundle yet. */
export function taskNames({ tasks, window }: ModelsAnswer): readonly string[] {
  const names = tasks.map(({ task }) => task)
  return names.length > 0 ? names : Object.keys(window.overall)
}
