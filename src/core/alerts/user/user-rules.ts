import type { UserAlertKind } from '../../contracts/lifecycle-alert.ts'
import { LEFT_LOYAL } from './left-loyal.ts'
import { ONBOARDING_STALLED } from './onboarding-stalled.ts'
import { RETURNED } from './returned.ts'
import type { UserRule } from './user-rule.ts'
import { WENT_DORMANT } from './went-dormant.ts'

/** In the order of USER_ALERT_KINDS: stored slots are numbered by it, so new rules go to the end. */
export const USER_RULES: Readonly<Record<UserAlertKind, UserRule>> = {
  'left-loyal': LEFT_LOYAL,
  'went-dormant': WENT_DORMANT,
  'onboarding-stalled': ONBOARDING_STALLED,
  returned: RETURNED,
}
