import { MemoryLog } from '../../../src/io/log/memory-log.ts'
import { logContract } from './log.contract.ts'

logContract(
  'memory log',
  async () => {
    const log = new MemoryLog()
    return { log, dispose: () => log.close() }
  },
  { durable: false, dense: true, compactsAtOnce: true },
)
