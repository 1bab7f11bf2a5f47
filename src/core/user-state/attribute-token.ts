import { hashString } from '../statistics/hash-string.ts'

/** Token of the value of the `a`-th static attribute: values are hashed; 0 stands for one that was never seen. */
export function attributeToken(value: string, a: number, buckets: number): number {
  return 1 + (hashString(value, a) % (buckets - 1))
}
