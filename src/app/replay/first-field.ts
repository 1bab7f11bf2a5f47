/** Where two values first differ. */
export interface FieldDifference {
  /** Path of the field, for example `tasks[0].alpha`. */
  readonly field: string
  readonly found: unknown
  readonly replayed: unknown
}

/** The first field in which two records differ, in the order of the fields; null where they are equal. */
export function firstField(found: unknown, replayed: unknown, path = ''): FieldDifference | null {
  if (Object.is(found, replayed)) return null
  if (!isObject(found) || !isObject(replayed)) return { field: path, found, replayed }
  for (const name of new Set([...Object.keys(found), ...Object.keys(replayed)])) {
    const inner = pathOf(path, name, Array.isArray(replayed) || ArrayBuffer.isView(replayed))
    const difference = firstField(found[name], replayed[name], inner)
    if (difference) return difference
  }
  return null
}

/** All of them, down to single values. */
export function allFields(found: unknown, replayed: unknown, path = ''): FieldDifference[] {
  if (Object.is(found, replayed)) return []
  if (!isObject(found) || !isObject(replayed)) return [{ field: path, found, replayed }]
  return [...new Set([...Object.keys(found), ...Object.keys(replayed)])].flatMap((name) =>
    allFields(found[name], replayed[name], pathOf(path, name, Array.isArray(replayed) || ArrayBuffer.isView(replayed))),
  )
}

function pathOf(path: string, name: string, inList: boolean): string {
  if (inList) return `${path}[${name}]`
  return path === '' ? name : `${path}.${name}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
