/** The same object with some of its methods replaced. */
export function replaceCalls<T extends object>(object: T, calls: Partial<T>): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in calls ? calls : target, name)
      return typeof value === 'function' ? (value.bind(name in calls ? calls : target) as unknown) : value
    },
  })
}
