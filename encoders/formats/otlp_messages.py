"""The messages of OTLP metrics, from the field numbers of opentelemetry/proto/{common,resource,metrics}/v1.

`Metrics` is both MetricsData and ExportMetricsServiceRequest, which are the same bytes.
"""

from __future__ import annotations

from typing import Any

from encoders.formats.published import message_classes

_POINT_TIMES = "fixed64 start_time_unix_nano = 2\nfixed64 time_unix_nano = 3\n"

_CLASSES = message_classes(
    "plastream.otlp",
    {
        "AnyValue": """
            oneof:value string string_value = 1
            oneof:value bool bool_value = 2
            oneof:value int64 int_value = 3
            oneof:value double double_value = 4
            oneof:value ArrayValue array_value = 5
            oneof:value KeyValueList kvlist_value = 6
            oneof:value bytes bytes_value = 7""",
        "ArrayValue": "repeated AnyValue values = 1",
        "KeyValueList": "repeated KeyValue values = 1",
        "KeyValue": "string key = 1\nAnyValue value = 2",
        "Resource": "repeated KeyValue attributes = 1\nuint32 dropped_attributes_count = 2",
        "Scope": """
            string name = 1
            string version = 2
            repeated KeyValue attributes = 3
            uint32 dropped_attributes_count = 4""",
        "Metrics": "repeated ResourceMetrics resource_metrics = 1",
        "ResourceMetrics": """
            Resource resource = 1
            repeated ScopeMetrics scope_metrics = 2
            string schema_url = 3""",
        "ScopeMetrics": "Scope scope = 1\nrepeated Metric metrics = 2\nstring schema_url = 3",
        "Metric": """
            string name = 1
            string description = 2
            string unit = 3
            oneof:data Gauge gauge = 5
            oneof:data Sum sum = 7
            oneof:data Histogram histogram = 9
            oneof:data ExponentialHistogram exponential_histogram = 10
            oneof:data Summary summary = 11
            repeated KeyValue metadata = 12""",
        "Gauge": "repeated NumberDataPoint data_points = 1",
        "Sum": """
            repeated NumberDataPoint data_points = 1
            int32 aggregation_temporality = 2
            bool is_monotonic = 3""",
        "Histogram": "repeated HistogramDataPoint data_points = 1\nint32 aggregation_temporality = 2",
        "ExponentialHistogram": """
            repeated ExponentialHistogramDataPoint data_points = 1
            int32 aggregation_temporality = 2""",
        "Summary": "repeated SummaryDataPoint data_points = 1",
        "NumberDataPoint": _POINT_TIMES
        + """repeated KeyValue attributes = 7
            oneof:value double as_double = 4
            oneof:value sfixed64 as_int = 6
            uint32 flags = 8""",
        "HistogramDataPoint": _POINT_TIMES
        + """repeated KeyValue attributes = 9
            fixed64 count = 4
            optional double sum = 5
            repeated fixed64 bucket_counts = 6
            repeated double explicit_bounds = 7
            uint32 flags = 10
            optional double min = 11
            optional double max = 12""",
        "ExponentialHistogramDataPoint": _POINT_TIMES
        + """repeated KeyValue attributes = 1
            fixed64 count = 4
            optional double sum = 5
            sint32 scale = 6
            fixed64 zero_count = 7
            Buckets positive = 8
            Buckets negative = 9
            uint32 flags = 10
            optional double min = 12
            optional double max = 13
            double zero_threshold = 14""",
        "Buckets": "sint32 offset = 1\nrepeated uint64 bucket_counts = 2",
        "SummaryDataPoint": _POINT_TIMES
        + """repeated KeyValue attributes = 7
            fixed64 count = 4
            double sum = 5
            repeated ValueAtQuantile quantile_values = 6
            uint32 flags = 8""",
        "ValueAtQuantile": "double quantile = 1\ndouble value = 2",
    },
)

Metrics: Any = _CLASSES["Metrics"]
"""The class of the top message."""
