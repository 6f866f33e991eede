"""The durable log: one contract, Apache Kafka and SQLite behind it."""
