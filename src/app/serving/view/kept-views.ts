import type { KeptView } from '../../upkeep/housekeeping.ts'
import type { PolicyView } from './policy-view.ts'
import type { UserView } from './user-view.ts'

/** All that an API keeps of the log, for those who take records away: nothing goes that one of them has not read. */
export class KeptViews implements KeptView {
  private readonly views: readonly (UserView | PolicyView)[]

  constructor(...views: readonly (UserView | PolicyView)[]) {
    this.views = views
  }

  hasReached(ends: ReadonlyMap<string, number>): boolean {
    return this.views.every((view) => view.hasReached(ends))
  }

  /** The views follow different topics. */
  nextOffsets(): ReadonlyMap<string, number> {
    return new Map(this.views.flatMap((view) => [...view.nextOffsets()]))
  }

  async purge(): Promise<void> {
    for (const view of this.views) await view.purge()
  }
}
