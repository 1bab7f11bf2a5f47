/** What the gates of one task let through for one example. */
export interface TaskGates {
  /** Experts by name (`ctr-1`, `shared-2`) with their weights, which sum to 1. */
  readonly experts: readonly { readonly expert: string; readonly weight: number }[]
  /** Of the gates on the units that the tower reads, in 0 .. 2, 1 lets a unit through as it is; null without them. */
  readonly units: { readonly mean: number; readonly lowest: number; readonly highest: number } | null
}
