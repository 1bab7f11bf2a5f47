import { localSchemas } from '../../../src/io/schemas/local-schemas.ts'
import { describeSchemaSource } from './schema-source.contract.ts'

describeSchemaSource('the local table', async () => localSchemas())
