/** JSON of a record: typed arrays as arrays of numbers, numbers that JSON lacks as null. */
export function jsonOf(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, held: unknown) => {
      if (held instanceof Float32Array || held instanceof Float64Array || held instanceof Int32Array)
        return Array.from(held)
      return held
    },
    indent,
  )
}
