/** Starts a broker, says which process and folder it has, and waits to be killed. */
import { startKafkaCluster } from './kafka-cluster.ts'
import { NEWEST_KAFKA } from './kafka-versions.ts'

const cluster = await startKafkaCluster({ version: NEWEST_KAFKA, nodes: 1 })
console.log(JSON.stringify({ pid: cluster.pids()[0], folder: cluster.folder }))
setInterval(() => {}, 60_000)
