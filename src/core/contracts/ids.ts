/** Branded ids and positions: a string or number that the compiler keeps apart from its neighbours. */
declare const brand: unique symbol
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

export type UserId = Branded<string, 'UserId'>
export type ItemId = Branded<string, 'ItemId'>
export type EventId = Branded<string, 'EventId'>
/** Name of a task, for example `ctr`. */
export type TaskName = Branded<string, 'TaskName'>
/** Position of a record in one partition of a topic, from 0. */
export type Offset = Branded<number, 'Offset'>
/** Version of a model bundle, from 1; 0 is the empty bundle every tracker starts from. */
export type BundleVersion = Branded<number, 'BundleVersion'>

/** Where a record stands in the log. */
export interface SourcePosition {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
}
