/** Items by their topic, in the order given: Kafka's requests name each topic once. */
export function groupByTopic<T extends { readonly topic: string }>(items: readonly T[]): [string, T[]][] {
  const byTopic = new Map<string, T[]>()
  for (const item of items) {
    const group = byTopic.get(item.topic)
    if (group) group.push(item)
    else byTopic.set(item.topic, [item])
  }
  return [...byTopic]
}
