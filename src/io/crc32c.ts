import { cyclicRedundancy } from '../core/statistics/cyclic-redundancy.ts'

/** CRC-32C (Castagnoli), which Kafka's record batches and LevelDB's journals carry; node:zlib has only the other CRC-32. */
export const crc32c = cyclicRedundancy(0x82f63b78)
