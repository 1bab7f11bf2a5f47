/**
 * The one place that names Kafka's versions: the newest patch of the last release that still knew ZooKeeper, and the
 * newest release of all. To move on, ask Maven Central: `mvn versions:display-dependency-updates`.
 */
export const KAFKA_VERSIONS = ['3.9.2', '4.4.0'] as const

export type KafkaVersion = (typeof KAFKA_VERSIONS)[number]

/** For tests that ask nothing about the version. */
export const NEWEST_KAFKA: KafkaVersion = '4.4.0'
