"""Messages whose schema stands in a schema registry: Avro, Protobuf and JSON Schema in Confluent's framing."""
