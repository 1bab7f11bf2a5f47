/**
 * server.properties of a node that is broker and controller. `ports` holds the brokers', then the controllers', then the
 * secured listeners' ports, each in the order of the nodes.
 */
export function nodeProperties(
  index: number,
  nodeCount: number,
  ports: readonly number[],
  secured?: string,
): Record<string, string> {
  const address = (kind: number, node = index): string => `127.0.0.1:${ports[kind * nodeCount + node]}`
  const voters = Array.from({ length: nodeCount }, (_, node) => `${node + 1}@${address(1, node)}`)
  const open = [`PLAINTEXT://${address(0)}`, ...(secured ? [`SECURED://${address(2)}`] : [])]
  const copies = String(nodeCount)
  const minInSync = nodeCount === 1 ? '1' : '2'
  return {
    'process.roles': 'broker,controller',
    'node.id': String(index + 1),
    'controller.quorum.voters': voters.join(','),
    listeners: [...open, `CONTROLLER://${address(1)}`].join(','),
    'advertised.listeners': open.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:${secured ?? 'PLAINTEXT'}`,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': '4',
    'default.replication.factor': copies,
    'min.insync.replicas': minInSync,
    'group.initial.rebalance.delay.ms': '0',
    // A topic that nobody created is a fault of the program.
    'auto.create.topics.enable': 'false',
    // A node that was killed comes back only when the cluster has given up its previous life: seconds, not nine of them.
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    // The tests delete what they wrote; there is nothing to gain from cleaning in the background.
    'log.segment.delete.delay.ms': '1000',
  }
}
