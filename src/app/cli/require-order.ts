/** Throws RangeError for a range of times, unix ms, that ends before it begins. */
export function requireOrder(from: number | undefined, to: number | undefined): void {
  if (from === undefined || to === undefined || from <= to) return
  throw new RangeError(
    `Cannot use --from ${new Date(from).toISOString()} --to ${new Date(to).toISOString()}: the range ends before it begins`,
  )
}
