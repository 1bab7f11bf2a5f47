import { addressOf } from '../routes.ts'

export function UserLink({ userId }: { readonly userId: string }) {
  return (
    <a class="user-link" href={addressOf('user', userId)}>
      {userId}
    </a>
  )
}
