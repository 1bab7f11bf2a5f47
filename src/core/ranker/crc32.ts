import { cyclicRedundancy } from '../statistics/cyclic-redundancy.ts'

/** CRC-32 (ISO 3309, as in zip and gzip). */
export const crc32 = cyclicRedundancy(0xedb88320)
