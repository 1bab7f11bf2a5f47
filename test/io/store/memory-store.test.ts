import { MemoryStore } from '../../../src/io/store/memory-store.ts'
import { stateStoreContract } from './state-store.contract.ts'

stateStoreContract('memory store', async () => ({ store: new MemoryStore() }), { durable: false })
