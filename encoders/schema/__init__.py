"""Schemas of topics. `infer` and `clash` live in the modules of these names, which import the formats."""

from encoders.schema.topic import FieldSchema, FieldType, IdKey, TimeKey, TimeUnit, TopicSchema

__all__ = ["FieldSchema", "FieldType", "IdKey", "TimeKey", "TimeUnit", "TopicSchema"]
